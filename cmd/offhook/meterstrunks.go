package main

import (
	"offhook/internal/metrics"
	"offhook/translator/dialog"
)

// trunks shows which trunks can be reached, and which of those that register are registered.
func (m *meters) trunks(read func() []dialog.TrunkState) {
	m.reg.Series(metrics.Gauge, "offhook_trunk_addresses", "Addresses of a trunk that calls can be sent to, by whether they answer.", []string{"trunk", "state"}, func(show func(float64, ...string)) {
		for _, t := range read() {
			up := 0
			for _, a := range t.Addresses {
				if a.Up {
					up++
				}
			}
			show(float64(up), t.Name, "up")
			show(float64(len(t.Addresses)-up), t.Name, "down")
		}
	})
	m.reg.Series(metrics.Gauge, "offhook_trunk_registered", "1 while the trunk's registrar holds our registration; trunks without one are not shown.", []string{"trunk"}, func(show func(float64, ...string)) {
		for _, t := range read() {
			if t.Registration != "" {
				show(number(t.Registered), t.Name)
			}
		}
	})
}
