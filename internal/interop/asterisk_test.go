package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An asterisk is a running Asterisk with a page's configuration. It is not installed: its own dynamic linker starts it out of the folder
// that it was unpacked to, with the libraries that lie beside it.
type asterisk struct {
	dir     string
	program []string // linker, its options, asterisk
	command *exec.Cmd
	ended   chan struct{} // closed when it has ended
}

// settings are the files beside those of the page. All of Debian's sample files are there too.
var settings = map[string]string{
	"asterisk.conf": `[directories]
astetcdir => DIR/etc
astmoddir => LIBRARIES/asterisk/modules
astdatadir => ROOT/usr/share/asterisk
astvarlibdir => DIR/lib
astdbdir => DIR/lib
astkeydir => DIR/lib
astagidir => DIR/lib
astspooldir => DIR/spool
astrundir => DIR/run
astlogdir => DIR/log
[options]
nocolor = yes
`,
	"logger.conf":      "[general]\n[logfiles]\nfull => notice,warning,error,verbose\n",
	"http.conf":        "[general]\nenabled = no\n",
	"cli_aliases.conf": "",
}

// probe is the dialplan of calls that Asterisk places itself, and of what agents call beside the page's own: each extension is named, or numbered,
// after what it does when it is answered.
const probe = `
[probe]
exten => echo,1,Echo()
exten => hangup,1,Wait(2)
 same => n,Hangup(16)
exten => tone,1,Playtones(440)
 same => n,Wait(30)
exten => dtmf,1,Wait(1)
 same => n,SendDTMF(59#)
 same => n,Echo()
exten => info,1,Set(PJSIP_DTMF_MODE()=info)
 same => n,Wait(1)
 same => n,SendDTMF(5)
 same => n,Echo()
exten => refresh,1,Wait(1)
 same => n,Set(PJSIP_SEND_SESSION_REFRESH()=invite)
 same => n,Wait(1)
 same => n,Set(PJSIP_SEND_SESSION_REFRESH()=update)
 same => n,Wait(1)
 same => n,Echo()

[from-offhook](+)
exten => ` + echoes + `,1,Ringing()
 same => n,Wait(1)
 same => n,Answer()
 same => n,Echo()
exten => ` + sounds + `,1,Answer()
 same => n,Playtones(620)
 same => n,Wait(30)
exten => ` + leaves + `,1,Answer()
 same => n,Wait(2)
 same => n,Hangup(16)
exten => ` + busy + `,1,Hangup(17)
exten => ` + unknown + `,1,Hangup(1)
exten => ` + announces + `,1,Progress()
 same => n,Playtones(620)
 same => n,Wait(3)
 same => n,Answer()
 same => n,Echo()
exten => ` + reads + `,1,Answer()
 same => n,Read(KEYS,,2,,1,15)
 same => n,ExecIf($["${KEYS}" = "5#"]?Playtones(620))
 same => n,ExecIf($["${KEYS}" = "5"]?Playtones(620))
 same => n,Wait(10)
exten => ` + passesOn + `,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/sip:` + sounds + `@${CHANNEL(pjsip,local_addr)})
 same => n,Wait(10)
`

// What agents call at Asterisk, and what it does.
const (
	echoes    = "+493099001" // rings for a second, answers, and sends back what it hears
	sounds    = "+493099002" // answers with a tone of 620 Hz
	leaves    = "+493099003" // answers, and hangs up after two seconds
	busy      = "+493099004"
	unknown   = "+493099005"
	announces = "+493099006" // plays the tone before it answers
	reads     = "+493099007" // waits for the keys 5 and #, then plays the tone
	passesOn  = "+493099008" // asks for the call to be passed on to sounds
	phone     = "+493088000" // the carrier's
)

// asteriskTone is what Asterisk plays, in Hz.
const asteriskTone = 620

// startAsterisk starts Asterisk as the page says, in the network n.
func startAsterisk(ctx context.Context, root, dir string, p page, n network) (*asterisk, error) {
	libraries, linker, err := findLibraries(root)
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{"lib", "spool", "run", "log"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, err
		}
	}
	etc := filepath.Join(dir, "etc")
	if err := os.CopyFS(etc, os.DirFS(filepath.Join(root, "etc", "asterisk"))); err != nil {
		return nil, err
	}
	files := map[string]string{"modules.conf": modules(libraries)}
	fill := strings.NewReplacer("DIR", dir, "LIBRARIES", libraries, "ROOT", root)
	for name, text := range settings {
		files[name] = fill.Replace(text)
	}
	for name, text := range p.blocks {
		if strings.HasSuffix(name, ".conf") {
			files[name] = n.fit(text)
		}
	}
	files["extensions.conf"] += probe
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	a := &asterisk{dir: dir, ended: make(chan struct{}), program: []string{
		linker, "--library-path", libraries, filepath.Join(root, "usr", "sbin", "asterisk"), "-C", filepath.Join(etc, "asterisk.conf"),
	}}
	return a, a.start(ctx)
}

// findLibraries gives the folder of the C library below root, and the dynamic linker that goes with it.
func findLibraries(root string) (folder, linker string, err error) {
	folders, _ := filepath.Glob(filepath.Join(root, "usr", "lib", "*-linux-gnu*", "libc.so.6"))
	linkers, _ := filepath.Glob(filepath.Join(root, "usr", "lib*", "ld-linux*.so.*"))
	if len(folders) != 1 || len(linkers) < 1 {
		return "", "", fmt.Errorf("%s holds no Debian: C libraries %v, dynamic linkers %v", root, folders, linkers)
	}
	return filepath.Dir(folders[0]), linkers[0], nil
}

// modules is a modules.conf that loads everything but what opens sockets of its own or wants a database.
func modules(libraries string) string {
	text := "[modules]\nautoload = yes\n"
	found, _ := filepath.Glob(filepath.Join(libraries, "asterisk", "modules", "*.so"))
	unwanted := regexp.MustCompile(`^(chan_|pbx_|cdr_|cel_|res_config_|res_odbc|res_snmp|res_xmpp|res_corosync|res_hep|res_statsd|res_prometheus|res_phoneprov|res_pjsip_phoneprov|res_ari|res_http_|res_calendar|res_fax|res_smdi|app_minivm|app_voicemail|app_queue|app_festival)`)
	wanted := regexp.MustCompile(`^(chan_pjsip|pbx_config)\.so$`)
	for _, path := range found {
		if name := filepath.Base(path); unwanted.MatchString(name) && !wanted.MatchString(name) {
			text += "noload = " + name + "\n"
		}
	}
	return text
}

func (a *asterisk) start(ctx context.Context) error {
	out, err := os.Create(filepath.Join(a.dir, "log", "console"))
	if err != nil {
		return err
	}
	defer out.Close()
	a.command = exec.Command(a.program[0], append(a.program[1:], "-f", "-n", "-vvv")...)
	a.command.Stdout, a.command.Stderr = out, out
	if err := a.command.Start(); err != nil {
		return err
	}
	go func() {
		defer close(a.ended)
		_ = a.command.Wait()
	}()
	for {
		if text, err := a.try(ctx, "core waitfullybooted"); err == nil && strings.Contains(text, "fully booted") {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-a.ended:
			return fmt.Errorf("asterisk ended: %v\n%s", a.command.ProcessState, a.log(0))
		case <-ctx.Done():
			a.stop()
			return fmt.Errorf("asterisk has not started: %w\n%s", ctx.Err(), a.log(0))
		}
	}
	_, err = a.try(ctx, "pjsip set logger on")
	return err
}

// stop ends Asterisk, and waits for that.
func (a *asterisk) stop() {
	_ = a.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-a.ended:
	case <-time.After(10 * time.Second):
		_ = a.command.Process.Kill()
		<-a.ended
	}
}

// try runs a command of Asterisk's console.
func (a *asterisk) try(ctx context.Context, command string) (string, error) {
	out, err := exec.CommandContext(ctx, a.program[0], append(a.program[1:], "-rx", command)...).CombinedOutput()
	return string(out), err
}

// cli is try in a test.
func (a *asterisk) cli(ctx context.Context, t *testing.T, command string) string {
	t.Helper()
	text, err := a.try(ctx, command)
	if err != nil {
		t.Fatalf("asterisk -rx %q: %v\n%s", command, err, text)
	}
	return text
}

// change replaces a piece of the page's pjsip.conf until the test's end.
func (a *asterisk) change(ctx context.Context, t *testing.T, old, new string) {
	t.Helper()
	path := filepath.Join(a.dir, "etc", "pjsip.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("the page's pjsip.conf has %q %d times, want once", old, strings.Count(string(text), old))
	}
	write := func(text string) error {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		_, err := a.try(context.WithoutCancel(ctx), "module reload res_pjsip.so")
		return err
	}
	if err := write(strings.Replace(string(text), old, new, 1)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := write(string(text)); err != nil {
			t.Error(err)
		}
	})
}

// eventually runs a command until its answer matches.
func (a *asterisk) eventually(ctx context.Context, t *testing.T, command, want string) {
	t.Helper()
	match := regexp.MustCompile(want)
	for {
		text, err := a.try(ctx, command)
		if err == nil && match.MatchString(text) {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("asterisk -rx %q: %v; the last answer has no %s:\n%s", command, ctx.Err(), want, text)
		}
	}
}

// log is Asterisk's log from this place on, every SIP message included.
func (a *asterisk) log(from int) string {
	text, err := os.ReadFile(filepath.Join(a.dir, "log", "full"))
	if errors.Is(err, os.ErrNotExist) {
		text, _ = os.ReadFile(filepath.Join(a.dir, "log", "console"))
	}
	return string(text[min(from, len(text)):])
}
