//go:build unix

package main

import (
	"math"
	"syscall"
)

// mostFiles is how many files the process may open, 0 if that is not known. (Go raises the soft limit to the hard one as a program starts.)
func mostFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}
