package directory

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordsOf splits a query into its words, folded.
func wordsOf(query string) []string {
	return strings.FieldsFunc(fold(query), func(r rune) bool { return !inWord(r) })
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// begins reports whether a word of text begins with a folded one, which is not empty. Text of ASCII alone, as most of it is, costs no memory.
func begins(text, word string) bool {
	if !isASCII(text) {
		f := formsOf(text)
		return foldedBegins(f.folded, word) || foldedBegins(f.spelled, word)
	}
	for i := range len(text) - len(word) + 1 {
		if text[i]|0x20 == word[0]|0x20 && (i == 0 || !inWord(rune(text[i-1]))) && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

func foldedBegins(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		if at+i == 0 || !inWord(before) {
			return true
		}
		_, n := utf8.DecodeRuneInString(text[at+i:])
		at += i + n
	}
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// umlauts are how Germans write theirs where keys are missing.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")

// strokes are the letters that Unicode does not take apart, as they are written where keys are missing.
var strokes = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "ħ", "h")

// forms are a text that is not ASCII, as queries may write it.
type forms struct {
	folded  string
	spelled string // with umlauts as Germans write them where keys are missing
}

// known are the forms of names that were met before: to make them takes a hundred times as long as to compare them, and every key that an agent presses in a search asks for
// those of all agents. It begins anew once it has maxKnown.
var known struct {
	mu sync.RWMutex
	of map[string]forms // guarded by mu
}

// maxKnown bounds known, in names.
const maxKnown = 20_000

func formsOf(text string) forms {
	known.mu.RLock()
	f, ok := known.of[text]
	known.mu.RUnlock()
	if ok {
		return f
	}
	f = forms{fold(text), fold(umlauts.Replace(text))}
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.of == nil || len(known.of) >= maxKnown {
		known.of = make(map[string]forms)
	}
	known.of[strings.Clone(text)] = f
	return f
}

// fold is text in lower case and without accents: taken apart (NFKD), marks left out.
func fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strokes.Replace(b.String())
}
