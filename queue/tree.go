package queue

// tree keeps items in the order of less and knows each one's place: insert, remove, place and at cost O(log n), next costs O(1) on
// average. It is a treap whose nodes live inside the items, so it allocates nothing. The priorities come from a counter: the
// same operations build the same tree.
type tree[T any] struct {
	less func(a, b T) bool
	root *node[T]
	seed uint64
}

// node is an item's seat in one tree. The zero value is a seat in none; item must be set before insert.
type node[T any] struct {
	item            T
	up, left, right *node[T]
	size            int // of the subtree, 0 while in no tree
	priority        uint64
}

func (n *node[T]) seated() bool { return n.size > 0 }

func (t *tree[T]) len() int { return sizeOf(t.root) }

func sizeOf[T any](n *node[T]) int {
	if n == nil {
		return 0
	}
	return n.size
}

// insert puts n in its place. n must not be in a tree.
func (t *tree[T]) insert(n *node[T]) {
	n.up, n.left, n.right, n.size, n.priority = nil, nil, nil, 1, t.draw()
	link := &t.root
	for *link != nil {
		n.up = *link
		n.up.size++
		if t.less(n.item, n.up.item) {
			link = &n.up.left
		} else {
			link = &n.up.right
		}
	}
	*link = n
	for n.up != nil && n.priority > n.up.priority {
		t.lift(n)
	}
}

// remove takes n out; it does nothing if n is in no tree.
func (t *tree[T]) remove(n *node[T]) {
	if !n.seated() {
		return
	}
	for n.left != nil && n.right != nil {
		if n.left.priority > n.right.priority {
			t.lift(n.left)
		} else {
			t.lift(n.right)
		}
	}
	child := n.left
	if child == nil {
		child = n.right
	}
	t.replace(n, child)
	for p := n.up; p != nil; p = p.up {
		p.size--
	}
	n.up, n.left, n.right, n.size = nil, nil, nil, 0
}

// lift rotates n into its parent's seat.
func (t *tree[T]) lift(n *node[T]) {
	p := n.up
	t.replace(p, n)
	if p.left == n {
		p.left = n.right
		if p.left != nil {
			p.left.up = p
		}
		n.right = p
	} else {
		p.right = n.left
		if p.right != nil {
			p.right.up = p
		}
		n.left = p
	}
	p.up = n
	n.size = p.size
	p.size = 1 + sizeOf(p.left) + sizeOf(p.right)
}

// replace hangs n where old hung.
func (t *tree[T]) replace(old, n *node[T]) {
	switch {
	case old.up == nil:
		t.root = n
	case old.up.left == old:
		old.up.left = n
	default:
		old.up.right = n
	}
	if n != nil {
		n.up = old.up
	}
}

// draw gives the next priority (splitmix64).
func (t *tree[T]) draw() uint64 {
	t.seed += 0x9e3779b97f4a7c15
	z := t.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// first gives the first node, nil if there is none.
func (t *tree[T]) first() *node[T] {
	n := t.root
	for n != nil && n.left != nil {
		n = n.left
	}
	return n
}

// find gives the first node that answers; all after it must answer too. nil if none does.
func (t *tree[T]) find(answers func(T) bool) *node[T] {
	var found *node[T]
	for n := t.root; n != nil; {
		if answers(n.item) {
			found, n = n, n.left
		} else {
			n = n.right
		}
	}
	return found
}

// next gives the node after n, nil after the last.
func (n *node[T]) next() *node[T] {
	if n.right != nil {
		n = n.right
		for n.left != nil {
			n = n.left
		}
		return n
	}
	for n.up != nil && n.up.right == n {
		n = n.up
	}
	return n.up
}

// place counts the nodes before n.
func (n *node[T]) place() int {
	place := sizeOf(n.left)
	for ; n.up != nil; n = n.up {
		if n.up.right == n {
			place += 1 + sizeOf(n.up.left)
		}
	}
	return place
}

// at gives the node with that many before it, nil if there is none.
func (t *tree[T]) at(place int) *node[T] {
	n := t.root
	for n != nil {
		switch left := sizeOf(n.left); {
		case place < left:
			n = n.left
		case place > left:
			place -= left + 1
			n = n.right
		default:
			return n
		}
	}
	return nil
}
