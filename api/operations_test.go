package api

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// send makes a request with a body and a token.
func (s *service) send(t *testing.T, method, target, token, body string) (status int, answer string) {
	t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.Test(req, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// One row a request: reading the settings anew, and writing transcripts.
func TestOperations(t *testing.T) {
	faults := errors.New("offhook.yaml:9:3: queues[0].ring_fro: there is no such setting")
	for _, row := range []struct {
		name, path, body string
		reload           func() error
		trace            func(string, bool) error
		status           int
		answer           string
	}{
		{"reload", "/reload", "", func() error { return nil }, nil, 204, ""},
		{"a file with faults", "/reload", "", func() error { return faults }, nil, 422, `{"code":"bad_settings","message":"offhook.yaml:9:3: queues[0].ring_fro: there is no such setting"}`},
		{"no file", "/reload", "", nil, nil, 409, `"conflict"`},
		{"trace", "/calls/c1/trace", `{"on":true}`, nil, func(call string, on bool) error { return wants(call == "c1" && on) }, 200, `{"on":true}`},
		{"no trace", "/calls/c1/trace", `{"on":false}`, nil, func(call string, on bool) error { return wants(call == "c1" && !on) }, 200, `{"on":false}`},
		{"traces are off", "/calls/c1/trace", `{"on":true}`, nil, nil, 409, `traces are off`},
		{"no such call", "/calls/c1/trace", `{"on":true}`, nil, func(string, bool) error { return ErrNoCall }, 404, `"not_found"`},
		{"a full folder", "/calls/c1/trace", `{"on":true}`, nil, func(string, bool) error { return fmt.Errorf("%w: the folder is full", ErrNoTrace) }, 409, `the folder is full`},
		{"something else", "/calls/c1/trace", `{"on":true}`, nil, func(string, bool) error { return errors.New("secret") }, 500, `"failed"`},
		{"neither on nor off", "/calls/c1/trace", `{}`, nil, func(string, bool) error { return errors.New("asked") }, 400, `"field":"on"`},
		{"perhaps", "/calls/c1/trace", `{"on":"perhaps"}`, nil, func(string, bool) error { return errors.New("asked") }, 400, `"field":"on"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := apiAppOf(func(c *Config) { c.Tokens, c.Reload, c.Trace = twoTokens, row.reload, row.trace })
			status, answer := s.send(t, "POST", "/api/v1"+row.path, writeSecret, row.body)
			if status != row.status || !strings.Contains(answer, row.answer) || strings.Contains(answer, "secret") {
				t.Errorf("got %d %s, want %d %s", status, answer, row.status, row.answer)
			}
		})
	}
}

func wants(ok bool) error {
	if !ok {
		return errors.New("asked for something else")
	}
	return nil
}
