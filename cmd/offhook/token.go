package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/internal/config"
)

// token makes an agent's token with a shared secret of the configuration, as the CRM's backend will do it later.
func token(_ context.Context, args []string, out io.Writer) error {
	f := flags("token -config FILE -agent ID [FLAGS]", "Make an agent's token for trying out, signed with a shared secret of the configuration.", out)
	path := f.String("config", "", "the configuration `file`")
	id := f.String("agent", "", "the agent's `id` (sub)")
	name := f.String("name", "", "the agent's `name`; default the id")
	queues := f.String("queues", "", "`names` of queues, separated by commas, each perhaps with =LEVEL; default all")
	roles := f.String("roles", "agent", "`roles`, separated by commas: agent, supervisor")
	dial := f.String("dial", "", "`patterns` of numbers that the agent may call, separated by commas")
	good := 8 * time.Hour
	spanVar(f, &good, "for", "how long the token is good, a `time` of at most 12h")
	issuer := f.String("issuer", "", "`issuer` whose secret signs; default the first with a secret")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if *path == "" || *id == "" {
		return wrongUsage("token", "token needs -config FILE and -agent ID")
	}
	for _, r := range split(*roles) {
		if r != "agent" && r != "supervisor" {
			return wrongUsage("token", "-roles: %q is neither agent nor supervisor", r)
		}
	}
	c, err := config.Load(*path)
	if err != nil {
		return err
	}
	signer, err := signerOf(c, *issuer)
	if err != nil {
		return err
	}
	if good <= 0 || good > c.Agents.MaxTokenAge {
		return wrongUsage("token", "-for: %s is not above 0 and at most %s (agents.max_token_age)", good, c.Agents.MaxTokenAge)
	}
	now := time.Now()
	who := protocol.Identity{ID: *id, Name: *name, Roles: split(*roles), Dial: split(*dial), Expires: now.Add(good)}
	if who.Name == "" {
		who.Name = *id
	}
	if who.Queues, err = levels(c, *queues); err != nil {
		return err
	}
	text, err := signer.Sign(who, now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

func signerOf(c *config.Config, issuer string) (agent.Signer, error) {
	for _, t := range c.Agents.Tokens {
		if t.Secret.IsSet() && (issuer == "" || issuer == t.Issuer) {
			return agent.Signer{Issuer: t.Issuer, KeyID: t.KID, Audience: c.Agents.Audience, Key: t.Secret.Value()}, nil
		}
	}
	issuers := make([]string, len(c.Agents.Tokens))
	for i, k := range c.Agents.Tokens {
		issuers[i] = k.Issuer
	}
	switch {
	case issuer == "":
		return agent.Signer{}, errors.New("agents.tokens: no shared secret (HS256) to sign with; with public keys only the CRM can make tokens")
	case !slices.Contains(issuers, issuer):
		return agent.Signer{}, fmt.Errorf("-issuer: agents.tokens has no issuer %q, only %s", issuer, strings.Join(issuers, ", "))
	}
	return agent.Signer{}, fmt.Errorf("-issuer: %q has no shared secret (HS256) to sign with, only public keys: he alone can make tokens", issuer)
}

func split(list string) (out []string) {
	for _, s := range strings.Split(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// levels reads "billing,support=2".
func levels(c *config.Config, list string) (map[string]int, error) {
	out := map[string]int{}
	names := split(list)
	if len(names) == 0 {
		for _, q := range c.Queues {
			names = append(names, q.Name)
		}
	}
	for _, n := range names {
		name, text, _ := strings.Cut(n, "=")
		level := 1
		if text != "" {
			if _, err := fmt.Sscan(text, &level); err != nil || level < 1 {
				return nil, fmt.Errorf("-queues: %q: a level is a number from 1", n)
			}
		}
		if !slices.ContainsFunc(c.Queues, func(q config.Queue) bool { return q.Name == name }) {
			return nil, fmt.Errorf("-queues: there is no queue %q", name)
		}
		out[name] = level
	}
	return out, nil
}
