package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// janusFiles is its configuration: the SIP plugin alone, asked over HTTP.
var janusFiles = map[string]string{
	"janus.jcfg": `general: {
	configs_folder = "DIR"
	plugins_folder = "LIB/plugins"
	transports_folder = "LIB/transports"
	events_folder = "DIR"
	loggers_folder = "DIR"
	debug_level = 4
}
plugins: { disable = "OTHERS" }
transports: { disable = "libjanus_websockets.so,libjanus_mqtt.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_nanomsg.so" }
`,
	"janus.transport.http.jcfg": "general: {\n\tjson = \"plain\"\n\tbase_path = \"/janus\"\n\thttp = true\n\tip = \"127.0.0.1\"\n\tport = PORT\n}\nadmin: { admin_http = false }\n",
	"janus.plugin.sip.jcfg":     "general: {\n\tlocal_ip = \"ADDR\"\n\tlocal_media_ip = \"ADDR\"\n\tsdp_ip = \"ADDR\"\n}\n",
}

// A Janus is a running janus with one session of its SIP plugin: a WebRTC gateway that calls by SIP. Its browser is an offer alone, no sound passes.
type Janus struct {
	*Process
	url string // of the session's handle
	ctx context.Context
}

// StartJanus starts janus on an address, whose SIP port it chooses itself, and gives its user a name there.
func StartJanus(t testing.TB, addr netip.Addr) *Janus {
	t.Helper()
	path, dir := Need(t, "janus")[0], t.TempDir()
	libraries, _ := filepath.Glob("/usr/lib/*/janus")
	if len(libraries) != 1 {
		Missing(t, "janus's plugins are not in /usr/lib/*/janus")
	}
	var others []string
	plugins, _ := filepath.Glob(filepath.Join(libraries[0], "plugins", "*.so"))
	for _, p := range plugins {
		if name := filepath.Base(p); name != "libjanus_sip.so" {
			others = append(others, name)
		}
	}
	port := FreeTCP(t)
	fill := strings.NewReplacer("DIR", dir, "LIB", libraries[0], "OTHERS", strings.Join(others, ","), "PORT", fmt.Sprint(port), "ADDR", addr.String())
	for name, text := range janusFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "-C", filepath.Join(dir, "janus.jcfg"), "-F", dir)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	j := &Janus{Process: Start(t, cmd), ctx: Patiently(t), url: fmt.Sprintf("http://127.0.0.1:%d/janus", port)}
	j.name = "janus"
	j.Says(Patiently(t), "HTTP transport timer started")
	for _, request := range []map[string]any{{"janus": "create"}, {"janus": "attach", "plugin": "janus.plugin.sip"}} {
		var reply struct{ Data struct{ ID uint64 } }
		j.post(request, &reply)
		j.url += fmt.Sprintf("/%d", reply.Data.ID)
	}
	j.Do(map[string]any{"request": "register", "type": "guest", "username": "sip:jan@" + addr.String()}, nil)
	j.Event("registered")
	return j
}

// post sends a request and reads what comes back.
func (j *Janus) post(request map[string]any, reply any) {
	j.t.Helper()
	request["transaction"] = "t"
	body, err := json.Marshal(request)
	if err != nil {
		j.t.Fatal(err)
	}
	j.exchange(http.MethodPost, j.url, body, reply)
}

func (j *Janus) exchange(method, url string, body []byte, reply any) {
	j.t.Helper()
	request, err := http.NewRequestWithContext(j.ctx, method, url, bytes.NewReader(body))
	if err != nil {
		j.t.Fatal(err)
	}
	request.Close = true // it ends connections when it likes
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		j.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(reply); err != nil {
		j.t.Fatal(err)
	}
}

// Do gives the plugin a request: call, hangup. offer goes along as the browser's, if there is one.
func (j *Janus) Do(body map[string]any, offer *webrtc.SessionDescription) {
	j.t.Helper()
	message := map[string]any{"janus": "message", "body": body}
	if offer != nil {
		message["jsep"] = map[string]any{"type": "offer", "sdp": offer.SDP}
	}
	var reply struct{ Error *struct{ Reason string } }
	if j.post(message, &reply); reply.Error != nil {
		j.t.Fatalf("janus: %v: %s", body["request"], reply.Error.Reason)
	}
}

// Call calls a SIP URI with the offer of a browser.
func (j *Janus) Call(uri string) {
	j.t.Helper()
	var codecs webrtc.MediaEngine
	pcmu := webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}}
	if err := codecs.RegisterCodec(pcmu, webrtc.RTPCodecTypeAudio); err != nil {
		j.t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(&codecs)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(func() { _ = pc.Close() })
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		j.t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		j.t.Fatal(err)
	}
	j.Do(map[string]any{"request": "call", "uri": uri}, &offer)
}

// Event waits for an event of the plugin: calling, ringing, accepted, hangup.
func (j *Janus) Event(want string) {
	j.t.Helper()
	session := j.url[:strings.LastIndex(j.url, "/")]
	var seen []string
	for j.ctx.Err() == nil {
		var event struct {
			PluginData struct {
				Data struct {
					Error  string
					Result struct{ Event string }
				}
			}
		}
		j.exchange(http.MethodGet, session, nil, &event)
		data := event.PluginData.Data
		if data.Result.Event == want {
			return
		}
		if seen = append(seen, data.Result.Event+data.Error); data.Error != "" {
			break
		}
	}
	j.t.Fatalf("janus: no event %q but %q", want, seen)
}
