package config

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
)

// Secret is a value that the file names and does not hold: {file: PATH} or {env: NAME}. It prints as "[secret]" in every way that there is.
type Secret struct {
	File  string `yaml:"file"`
	Env   string `yaml:"env"`
	value []byte
}

const hidden = "[secret]"

// IsSet reports whether the file names one.
func (s Secret) IsSet() bool { return s.File != "" || s.Env != "" }

// setWord refuses the secret itself.
func (s *Secret) setWord(string) error {
	return errors.New("a secret does not stand in this file: it is named, {file: PATH} or {env: NAME}")
}

// Value is the secret itself; nil before Load has read it.
func (s Secret) Value() []byte { return s.value }

// Format, LogValue and the others hide the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the value from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// read fetches the value; a line end after it is not part of it.
func (s *Secret) read(from source) error {
	var value []byte
	var err error
	switch {
	case s.File != "":
		value, err = from.file(s.File)
	case s.Env != "":
		value = []byte(from.env(s.Env))
	default:
		return nil
	}
	if err != nil {
		return err
	}
	s.value = bytes.TrimRight(value, "\r\n")
	switch {
	case len(s.value) > 0:
		return nil
	case s.File != "":
		return fmt.Errorf("the file %s is empty", s.File)
	}
	return fmt.Errorf("the environment has no %s", s.Env)
}
