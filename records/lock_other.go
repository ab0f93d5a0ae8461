//go:build !unix

package records

import (
	"os"
	"path/filepath"
)

// lock opens the file that elsewhere keeps two stores apart; here nothing does.
func lock(folder string) (*os.File, error) {
	return os.OpenFile(filepath.Join(folder, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
}
