// Package metrics holds the figures that offhook shows to Prometheus, all of them here and all named offhook_….
//
// Parts count through plain methods and know nothing of Prometheus; figures that a part keeps anyway (calls in progress, packets) are read
// from it when they are asked for.
package metrics
