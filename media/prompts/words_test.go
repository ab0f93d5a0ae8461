package prompts

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/media"
)

// texts are what the phrases of a language say, by name.
func texts(t *testing.T, language string) map[string]string {
	t.Helper()
	b, err := os.ReadFile("voices/" + language + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for line := range strings.Lines(string(b)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		all[name] = text
	}
	return all
}

// sentence is what sounds say, as one reads it: a comma is the tone of a word that goes on.
func sentence(texts map[string]string, sounds []media.Sound) string {
	var words []string
	for _, name := range strings.Fields(said(sounds)) {
		words = append(words, strings.TrimSuffix(texts[name], ","))
	}
	return strings.Join(words, " ")
}

// Numbers are said as people say them.
func TestNumbersAreWords(t *testing.T) {
	small := map[string][]string{
		"en": strings.Fields("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"),
		"de": strings.Fields("eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"),
	}
	tens := map[string][]string{
		"en": strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety"),
		"de": strings.Fields("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"),
	}
	for _, language := range Languages() {
		said := texts(t, language)
		for n := 1; n <= 99; n++ {
			one, want := n%10, ""
			switch {
			case n < 20:
				want = small[language][n-1]
			case one == 0:
				want = tens[language][n/10-2]
			case language == "en":
				want = tens[language][n/10-2] + "-" + small[language][one-1]
			case one == 1:
				want = "einund" + tens[language][n/10-2]
			default:
				want = small[language][one-1] + "und" + tens[language][n/10-2]
			}
			if got := strings.TrimSuffix(said["number-"+strconv.Itoa(n)], ","); got != want {
				t.Errorf("%s, %d: %q, want %q", language, n, got, want)
			}
		}
	}
}

// What callers are told is a sentence, in the singular and in the plural.
func TestSentences(t *testing.T) {
	for _, row := range []struct {
		place  int
		wait   time.Duration
		en, de string
	}{
		{place: 1, en: "You are next.", de: "Sie sind als Nächstes an der Reihe."},
		{place: 2, en: "You are number two in the queue.", de: "Sie sind die Nummer zwei in der Warteschlange."},
		{place: 5, en: "You are number five in the queue.", de: "Sie sind die Nummer fünf in der Warteschlange."},
		{place: 21, en: "You are number twenty-one in the queue.", de: "Sie sind die Nummer einundzwanzig in der Warteschlange."},
		{place: 101, en: "You are number one hundred one in the queue.", de: "Sie sind die Nummer einhundert eins in der Warteschlange."},
		{wait: 30 * time.Second, en: "The estimated wait is less than one minute.", de: "Die Wartezeit beträgt weniger als eine Minute."},
		{wait: time.Minute, en: "The estimated wait is about one minute.", de: "Die Wartezeit beträgt etwa eine Minute."},
		{wait: 2 * time.Minute, en: "The estimated wait is about two minutes.", de: "Die Wartezeit beträgt etwa zwei Minuten."},
		{wait: 5 * time.Minute, en: "The estimated wait is about five minutes.", de: "Die Wartezeit beträgt etwa fünf Minuten."},
		{wait: 21 * time.Minute, en: "The estimated wait is about twenty minutes.", de: "Die Wartezeit beträgt etwa zwanzig Minuten."},
		{wait: 60 * time.Minute, en: "The estimated wait is about sixty minutes.", de: "Die Wartezeit beträgt etwa sechzig Minuten."},
		{wait: 90 * time.Minute, en: "The estimated wait is more than one hour.", de: "Die Wartezeit beträgt mehr als eine Stunde."},
	} {
		for language, want := range map[string]string{"en": row.en, "de": row.de} {
			v, _ := load(t, language, "")
			sounds := v.Wait(row.wait)
			if row.place > 0 {
				sounds = v.Place(row.place)
			}
			if got := sentence(texts(t, language), sounds); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}
