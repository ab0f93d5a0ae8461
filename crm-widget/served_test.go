package crmwidget

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// budget of what a page loads before the callbar shows, by gzip: widget.md §15.14.
const budget = 60 << 10

func TestWhatAPageLoadsIsWithinTheBudget(t *testing.T) {
	start := time.Now()
	files, err := serve(widget)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	packed, err := fs.ReadFile(files, "offhook.js.gz")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("offhook.js: %.1f KiB compressed; all of it made in %v", float64(len(packed))/1024, took)
	for _, shown := range []string{"bar", "panel", "mini", "late"} {
		more, err := fs.ReadFile(files, "offhook-"+shown+".js.gz")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("offhook-%s.js: %.1f KiB", shown, float64(len(more))/1024)
		if sum := len(packed) + len(more); shown != "late" && sum > budget {
			t.Errorf("an element that shows the %s loads %d bytes before it is seen, %d more than the budget", shown, sum, sum-budget)
		}
	}
}

func TestEachModuleIsServedCompressedToo(t *testing.T) {
	files := Widget()
	err := fs.WalkDir(widget, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".js" {
			return err
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		packed, err := fs.ReadFile(files, name+".gz")
		if err != nil {
			return err
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		if unpacked, err := io.ReadAll(r); err != nil || !bytes.Equal(unpacked, plain) {
			t.Errorf("%s.gz is not %s compressed (%v)", name, name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNetHTTPCanServeIt(t *testing.T) {
	f, err := http.FS(Widget()).Open("/offhook.js")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.Seek(0, io.SeekEnd); err != nil || n < 1000 {
		t.Errorf("Seek to the end = %d, %v", n, err)
	}
	if info, err := f.Stat(); err != nil || info.Name() != "offhook.js" || info.IsDir() {
		t.Errorf("Stat = %v, %v", info, err)
	}
	if _, err := http.FS(Widget()).Open("/nothing.js"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestTheJoinedModuleIsOneModule(t *testing.T) {
	text, err := fs.ReadFile(Widget(), "offhook.js")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^\s*(import [^(].*|/\*.*|//.*)$`).Find(text); found != nil {
		t.Errorf("left in it: %s", found)
	}
	for _, name := range []string{"OffhookCallbar", "OffhookClient", "addLanguage"} {
		if !regexp.MustCompile(`(?m)^export const\{.*\b` + name + `\b`).Match(text) {
			t.Errorf("%s is not exported", name)
		}
	}
	if bytes.Contains(text, []byte("Nachbearbeitung")) {
		t.Error("a second language is in it: it comes on demand")
	}
	demand := regexp.MustCompile(`import\('([^']+)'\)`).FindAllSubmatch(text, -1)
	if len(demand) < 2 {
		t.Errorf("imported on demand: %q, want a language and the late part", demand)
	}
	for _, found := range demand {
		if _, err := fs.Stat(Widget(), strings.TrimPrefix(string(found[1]), "./")); err != nil {
			t.Errorf("imported on demand: %v", err)
		}
	}
}

// Node.js reads the joined module and runs what needs no page: client and language.
func TestTheJoinedModuleRuns(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("OFFHOOK_CI") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"offhook.js", "offhook-late.js"} {
		text, err := fs.ReadFile(Widget(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(folder, "offhook.js")
	script := `globalThis.HTMLElement = class {}
globalThis.customElements = { defined: {}, get(name) { return this.defined[name] }, define(name, it) { this.defined[name] = it } }
const all = await import(process.argv[1])
const client = new all.OffhookClient({ gateway: 'ws://x/agent', tokenSource: () => 'token', socket: () => { throw new Error('no socket') } })
await client.connect().catch(e => console.log(e instanceof all.OffhookError, e.code))
console.log(Object.keys(customElements.defined).join(), client.snapshot.connection.state)
const late = await import(process.argv[1].replace('.js', '-late.js'))
console.log(typeof late.menuContent, late.LATE_STYLES.length > 1000)`
	out, err := exec.Command(node, "--input-type=module", "-e", script, at).CombinedOutput()
	if want := "true protocol\noffhook-callbar stopped\nfunction true\n"; err != nil || string(out) != want {
		t.Errorf("node: %v, said %q, want %q", err, out, want)
	}
}

func TestStrip(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"line", "a = 1 // one\n  b = 2\n", "a = 1\nb = 2\n"},
		{"block", "/**\n * What\n */\nconst a = /** @type {any} */ (b)\n", "const a =  (b)\n"},
		{"string", "a = '// no /* no'\n", "a = '// no /* no'\n"},
		{"escaped quote", `a = 'it\'s // here' // gone` + "\n", `a = 'it\'s // here'` + "\n"},
		{"template keeps its lines", "a = `\n  b { }\n\n  // c\n`\n", "a = `\n  b { }\n\n  // c\n`\n"},
		{"comment in a placeholder", "a = `x${ /* gone */ b({ c: `d // ${e}` }) }  y`\n", "a = `x${  b({ c: `d // ${e}` }) }  y`\n"},
		{"expression", `a = b.replace(/[/*]\/\//g, '') // gone` + "\n", `a = b.replace(/[/*]\/\//g, '')` + "\n"},
		{"expression after return", "return /'/.test(a)\n", "return /'/.test(a)\n"},
		{"division", "a = b / c / d // gone\ne = (f) / 2 // gone\n", "a = b / c / d\ne = (f) / 2\n"},
		{"unfinished", "a = 'b", "a = 'b"},
		{"unfinished comment", "a /* b", "a "},
	} {
		if got := string(strip([]byte(row.in))); got != row.want {
			t.Errorf("%s: strip(%q) = %q, want %q", row.name, row.in, got, row.want)
		}
	}
}

func TestJoin(t *testing.T) {
	files := fstest.MapFS{
		"a.js":        {Data: []byte("import { b, twice as two } from './src/b.js'\nimport c from './src/c.js'\nb(two, c)\nexport { twice } from './src/b.js'\n")},
		"src/b.js":    {Data: []byte("import c from './c.js'\n/** B. */\nexport const b = () => c\nexport function twice() { return import('./d.js') }\nexport function late() { return import('./e.js') }\n")},
		"src/d.js":    {Data: []byte("export default 1\n")},
		"src/e.js":    {Data: []byte("export { b } from './b.js'\nexport { f } from './f.js'\n")},
		"src/f.js":    {Data: []byte("export const f = 2\n")},
		"src/c.js":    {Data: []byte("export default { d: 1 }\n")},
		"loop.js":     {Data: []byte("import { x } from './src/loop.js'\n")},
		"src/loop.js": {Data: []byte("import { y } from '../loop.js'\nexport const x = y\n")},
		"star.js":     {Data: []byte("import * as b from './src/b.js'\n")},
		"let.js":      {Data: []byte("import { z } from './src/let.js'\n")},
		"src/let.js":  {Data: []byte("export let z = 1\n")},
		"lost.js":     {Data: []byte("import { z } from './src/nowhere.js'\n")},
	}
	got, err := join(files, "a.js")
	wants := map[string]string{
		"a.js": `const m0=(()=>{const preset={d:1}
return{default:preset}})()
const m1=(()=>{const{default:c}=m0
const b=()=>c
function twice(){return import('./src/d.js')}
function late(){return import('./offhook-e.js')}
return{b,twice,late}})()
const{b,twice:two}=m1
const{default:c}=m0
b(two,c)
export const{twice}=m1
export const joined={m0,m1}
`,
		"offhook-e.js": `import{joined}from'./a.js'
const{m0,m1}=joined
const m2=(()=>{const f=2
return{f}})()
export const{b}=m1
export const{f}=m2
`,
	}
	if err != nil || len(got) != len(wants) {
		t.Fatalf("join = %d files, %v", len(got), err)
	}
	for name, want := range wants {
		if text := strings.TrimSpace(string(got[name])); text != strings.TrimSpace(want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, text, want)
		}
	}
	for _, entry := range []string{"loop.js", "star.js", "let.js", "lost.js"} {
		if _, err := join(files, entry); err == nil {
			t.Errorf("%s was joined", entry)
		}
	}
}

func TestTightSheet(t *testing.T) {
	in := "`\n.a:not(.b) :is(c) {\n  d: calc(1px + 2px);\n  ${e}\n}\n@media (f) { .g + .h { i: j; } }\n`"
	want := "` .a:not(.b) :is(c){d: calc(1px + 2px);${e}}@media (f){.g + .h{i: j;}}`"
	if got := tightSheet(in); got != want {
		t.Errorf("tightSheet = %q, want %q", got, want)
	}
}

func TestSqueeze(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"words keep their space", "return  a in b", "return a in b"},
		{"a statement keeps its end", "a = b\nc()\n", "a=b\nc()"},
		{"what goes on needs no line", "a = b +\n  c\nd = {\n  e,\n}\n", "a=b+c\nd={e,}"},
		{"a call that goes on", "a\n  .b()\n  ?.c()", "a.b()?.c()"},
		{"signs stay apart", "a + +b - -c", "a+ +b- -c"},
		{"a step ends a statement", "a++\nb--\n++c", "a++\nb--\n++c"},
		{"a fraction is no chain", "a ? .5 : 1", "a? .5:1"},
		{"literals are untouched", "a = 'b  #c' + `d  ${ e + #f in g }  h` + / i #j/.k", "a='b  #c'+`d  ${e+#a in g}  h`+/ i #j/.k"},
		{"a literal ends a statement", "a = /b/\nc = 'd'\ne", "a=/b/\nc='d'\ne"},
		{"private names are short", "class A { #first = 1\n#second() { return this.#first + this.#first }\n}", "class A{#a=1\n#b(){return this.#a+this.#a}}"},
	} {
		if got := string(squeeze([]byte(row.in))); got != row.want {
			t.Errorf("%s: squeeze(%q) = %q, want %q", row.name, row.in, got, row.want)
		}
	}
}

func FuzzStrip(f *testing.F) {
	for _, seed := range []string{"a = `${`${b}`}` // c", "/re[/]/ / 2", "'\\", "`${", "/*", "a\n\n\n  b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if once := strip(source); len(once) > len(source) {
			t.Errorf("%q became longer: %q", source, once)
		}
		squeeze(source)
	})
}
