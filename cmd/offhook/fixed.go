package main

import (
	"net/netip"
	"reflect"
	"time"

	"offhook/internal/config"
)

// fixedSetting is a setting that only a start reads. keep puts what is in force into a configuration that was read again; true if that had it otherwise.
type fixedSetting struct {
	name string
	keep func(fresh, running *config.Config) bool
}

// fixedAt is the setting at a place of the configuration.
func fixedAt[T any](name string, at func(*config.Config) *T) fixedSetting {
	return fixedSetting{name, func(fresh, running *config.Config) bool {
		to, from := at(fresh), at(running)
		if reflect.DeepEqual(*to, *from) {
			return false
		}
		*to = *from
		return true
	}}
}

// fixed are all of them. Whatever is not here changes with a reload.
var fixed = []fixedSetting{
	fixedAt("listen", func(c *config.Config) *config.Listen { return &c.Listen }),
	fixedAt("public_address", func(c *config.Config) *map[netip.Addr]netip.Addr { return &c.PublicAddress }),
	fixedAt("tls", func(c *config.Config) *config.KeyPair { return &c.TLS }),
	fixedAt("sip_tls", func(c *config.Config) *config.KeyPair { return &c.SIPTLS }),
	fixedAt("trusted_proxies", func(c *config.Config) *[]netip.Prefix { return &c.TrustedProxies }),
	fixedAt("media.browsers", func(c *config.Config) *[]netip.AddrPort { return &c.Media.Browsers }),
	fixedAt("media.trunk", func(c *config.Config) *netip.Addr { return &c.Media.Trunk }),
	fixedAt("media.ports", func(c *config.Config) *config.PortRange { return &c.Media.Ports }),
	fixedAt("media.trunk_silence", func(c *config.Config) *time.Duration { return &c.Media.TrunkSilence }),
	fixedAt("trunks", func(c *config.Config) *[]config.Trunk { return &c.Trunks }),
	fixedAt("dial.record", func(c *config.Config) *string { return &c.Dial.Record }),
	fixedAt("agents.audience", func(c *config.Config) *string { return &c.Agents.Audience }),
	fixedAt("agents.max_token_age", func(c *config.Config) *time.Duration { return &c.Agents.MaxTokenAge }),
	fixedAt("agents.leeway", func(c *config.Config) *time.Duration { return &c.Agents.Leeway }),
	fixedAt("agents.resume_for", func(c *config.Config) *time.Duration { return &c.Agents.ResumeFor }),
	fixedAt("origins", func(c *config.Config) *[]string { return &c.Origins }),
	fixedAt("away_reasons", func(c *config.Config) *[]config.AwayReason { return &c.AwayReasons }),
	fixedAt("records", func(c *config.Config) *config.Records { return &c.Records }),
	fixedAt("callbacks", func(c *config.Config) *config.Callbacks { return &c.Callbacks }),
	fixedAt("recordings.folder", func(c *config.Config) *string { return &c.Recordings.Folder }),
	fixedAt("recordings.keep_days", func(c *config.Config) *int { return &c.Recordings.KeepDays }),
	fixedAt("traces", func(c *config.Config) *config.Traces { return &c.Traces }),
	fixedAt("webhooks", func(c *config.Config) *[]config.Webhook { return &c.Webhooks }),
	fixedAt("log.format", func(c *config.Config) *string { return &c.Log.Format }),
	fixedAt("limits", func(c *config.Config) *config.Limits { return &c.Limits }),
}

// keepFixed puts what stays as it is into a configuration that was read again, and names what would have been another.
func keepFixed(fresh, running *config.Config) (stays []string) {
	for _, f := range fixed {
		if f.keep(fresh, running) {
			stays = append(stays, f.name)
		}
	}
	return stays
}
