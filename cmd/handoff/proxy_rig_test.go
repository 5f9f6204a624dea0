package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// proxyFile is what docs/operations.md tells operators to include.
const proxyFile = "../../docs/nginx.conf"

// proxyWhole is an nginx that does nothing else, in one process. Requests that are not for the service are on a list of their own.
const proxyWhole = `daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log notice;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi;
    scgi_temp_path %[1]s/scgi;
    log_format path '$request_method $request_uri $status';
    server {
        listen %[2]s;
        include %[1]s/handoff.conf;
        location / {
            access_log %[1]s/elsewhere.log path;
            return 404;
        }
    }
}
`

// proxy is an nginx in front of a service, which it has below a path.
type proxy struct {
	base    string // of the service, as browsers reach it
	address string
	dir     string
}

// newProxy rents an address, which the service may be told before the proxy runs.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	address := closedAddress(t)
	return &proxy{base: "http://" + address + "/handoff", address: address, dir: t.TempDir()}
}

// runs starts nginx in front of a service, until the test ends.
func (p *proxy) runs(t *testing.T, service string) {
	t.Helper()
	text, err := os.ReadFile(proxyFile)
	if err != nil {
		t.Fatal(err)
	}
	here := strings.Replace(string(text), "http://127.0.0.1:8080", service, 1)
	for name, text := range map[string]string{"handoff.conf": here, "nginx.conf": fmt.Sprintf(proxyWhole, p.dir, p.address)} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // where Debian has it, which is not on everybody's path
	}
	cmd := exec.Command(program, "-p", p.dir, "-e", p.dir+"/error.log", "-c", p.dir+"/nginx.conf")
	bindToParent(cmd)
	ended, err := startedBound(cmd, func() {})
	if err != nil {
		t.Fatalf("nginx cannot be started: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		<-ended
		if log, err := os.ReadFile(p.dir + "/error.log"); t.Failed() && err == nil {
			t.Logf("nginx says:\n%s", log)
		}
	})
	p.awaits(t, ended)
}

// awaits waits until nginx has its address.
func (p *proxy) awaits(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	for range 300 {
		conn, err := net.Dial("tcp", p.address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("nginx ended instead of serving")
		default:
			rests(t.Context(), restartPause/100)
		}
	}
	t.Fatal("nginx does not listen")
}

// elsewhere are the requests that were not for the service.
func (p *proxy) elsewhere(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(p.dir + "/elsewhere.log")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// installBehind starts a service that is reached through a proxy only.
func installBehind(t *testing.T, p *proxy, changes policy) *installation {
	t.Helper()
	all := policy{baseURL: p.base}
	for key, value := range changes {
		all[key] = value
	}
	in := install(t, all)
	p.runs(t, in.base)
	in.base = p.base
	return in
}

// basePath is the path of the installation at its host.
func (in *installation) basePath() string {
	u, err := url.Parse(in.base)
	if err != nil {
		in.t.Fatal(err)
	}
	return u.Path
}
