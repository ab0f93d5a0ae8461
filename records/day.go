package records

import (
	"os"
	"slices"
	"strings"
	"time"
)

// day is a day in UTC, written 2026-11-22. Days compare as text.
type day string

const dayLayout = "2006-01-02"

func dayOf(t time.Time) day { return day(t.UTC().Format(dayLayout)) }

const (
	filePrefix = "calls-"
	fileSuffix = ".jsonl"
)

// file is the name of the day's file.
func (d day) file() string { return filePrefix + string(d) + fileSuffix }

// dayOfFile reads a name; false if it is none of ours.
func dayOfFile(name string) (day, bool) {
	text, ok := strings.CutPrefix(name, filePrefix)
	if !ok {
		return "", false
	}
	text, ok = strings.CutSuffix(text, fileSuffix)
	return day(text), ok && day(text).valid()
}

func (d day) valid() bool {
	_, err := time.Parse(dayLayout, string(d))
	return err == nil
}

// days are the days that the folder has files of, oldest first.
func days(folder string) ([]day, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var list []day
	for _, e := range entries {
		if d, ours := dayOfFile(e.Name()); ours && e.Type().IsRegular() {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return list, nil
}
