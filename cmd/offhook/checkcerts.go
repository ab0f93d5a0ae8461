package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"offhook/internal/config"
)

// soon is when a certificate's end is worth a warning.
const soon = 14 * 24 * time.Hour

// dated is a certificate of the configuration.
type dated struct {
	setting string
	*x509.Certificate
}

// certificates are those that we show, and the roots that we believe.
func certificates(c *config.Config) (list []dated, err error) {
	for _, pair := range []struct {
		setting string
		config.KeyPair
	}{{"tls", c.TLS}, {"sip_tls", c.SIPTLS}} {
		if pair.Certificate == "" {
			continue
		}
		chain, e := tls.LoadX509KeyPair(pair.Certificate, pair.Key)
		if e != nil {
			err = errors.Join(err, c.Fault(pair.setting, "%v", e))
			continue
		}
		list = append(list, dated{pair.setting + ".certificate", chain.Leaf})
	}
	for i, t := range c.Trunks {
		roots := readRoots(fmt.Sprintf("trunks[%d].tls.ca", i), t.TLS.Roots)
		list = append(list, roots...)
	}
	return list, err
}

func readRoots(setting string, text []byte) (list []dated) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if one, err := x509.ParseCertificate(block.Bytes); err == nil {
			list = append(list, dated{setting, one})
		}
	}
	return list
}

// checkCertificates refuses those that nobody would believe now.
func checkCertificates(c *config.Config, now time.Time) error {
	list, err := certificates(c)
	errs := []error{err}
	for i, one := range list {
		// Of a file of roots one good one is enough.
		if good := func(d dated) bool {
			return d.setting == one.setting && !now.After(d.NotAfter) && !now.Before(d.NotBefore)
		}; slices.ContainsFunc(list, good) ||
			slices.ContainsFunc(list[:i], func(d dated) bool { return d.setting == one.setting }) {
			continue
		}
		errs = append(errs, c.Fault(one.setting, "the certificate is good from %s to %s", one.NotBefore.Format(time.DateOnly), one.NotAfter.Format(time.DateOnly)))
	}
	return errors.Join(errs...)
}

// certificateWarnings tell of those that end soon.
func certificateWarnings(c *config.Config, now time.Time) (list []string) {
	all, _ := certificates(c)
	for _, one := range all {
		if left := one.NotAfter.Sub(now); left > 0 && left < soon {
			list = append(list, fmt.Sprintf("%s ends on %s", one.setting, one.NotAfter.Format(time.DateOnly)))
		}
	}
	return list
}
