package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "handoff"

// A row says what one package may import beside the standard library. Own packages are named without the module; a name
// that ends in /... means everything below. Third-party names are prefixes of import paths.
type row struct {
	own   []string
	third []string
	// tests may import these own packages as well. Third-party packages are free in tests, but for those in soleImporters.
	tests []string
}

// rows is the table of docs/architecture.md. A package that is not in it fails the test: decide first what it may import.
var rows = map[string]row{
	"orchestrator": {
		tests: []string{"flows", "orchestrator/redisstore", "orchestrator/redisstore/redistest", "orchestrator/storetest"},
	},
	"orchestrator/wire":   {own: []string{"orchestrator"}},
	"orchestrator/values": {},
	"orchestrator/redisstore": {
		own: []string{"orchestrator"},
		third: []string{
			"github.com/redis/go-redis", "github.com/go-redsync/redsync", "github.com/alicebob/miniredis",
			"github.com/fxamacker/cbor", "github.com/oklog/ulid",
		},
		tests: []string{"flows", "orchestrator/redisstore", "orchestrator/redisstore/redistest", "orchestrator/storetest"},
	},
	"orchestrator/redisstore/redistest": {
		own:   []string{"orchestrator", "orchestrator/redisstore"},
		third: []string{"github.com/redis/go-redis", "github.com/alicebob/miniredis"},
	},
	"orchestrator/storetest": {
		own:   []string{"orchestrator"},
		third: []string{"github.com/google/go-cmp", "pgregory.net/rapid", "github.com/anishathalye/porcupine", "go.uber.org/goleak"},
		tests: []string{"flows", "orchestrator/storetest"},
	},
	"flows": {
		own:   []string{"orchestrator", "orchestrator/wire"},
		third: []string{"github.com/looplab/fsm", "go.yaml.in/yaml"},
	},
	"connectors/internal/bayeux": {
		own:   []string{"orchestrator"},
		tests: []string{"connectors/desks/genesys/sim", "connectors/peertest", "connectors/simkit"},
	},
	"connectors/internal/breaker": {
		own:   []string{"orchestrator"},
		third: []string{"github.com/failsafe-go/failsafe-go"},
	},
	"connectors/internal/drift":    {own: []string{"orchestrator"}},
	"connectors/internal/frame":    {own: []string{"orchestrator", "connectors/internal/..."}},
	"connectors/internal/lenient":  {},
	"connectors/internal/once":     {own: []string{"orchestrator"}},
	"connectors/internal/report":   {own: []string{"orchestrator", "orchestrator/values", "connectors/internal/..."}},
	"connectors/internal/session":  {own: []string{"orchestrator"}},
	"connectors/internal/settings": {own: []string{"orchestrator"}},
	"connectors/internal/outbound": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		third: []string{"code.dny.dev/ssrf"},
	},
	"connectors/internal/plaintext":  {third: []string{"golang.org/x/net/html"}},
	"connectors/internal/strictjson": {own: []string{"orchestrator"}},
	"connectors/internal/testlog":    {},
	"connectors/internal/textsplit":  {third: []string{"github.com/rivo/uniseg"}},
	"connectors/internal/wording":    {own: []string{"orchestrator", "connectors/internal/textsplit"}},
	"connectors/simkit":              {own: []string{"orchestrator"}, tests: []string{"connectors/simkit"}},
	"connectors/bots/native": {
		own:   []string{"orchestrator", "orchestrator/values", "orchestrator/wire", "connectors/internal/..."},
		third: []string{"github.com/standard-webhooks/standard-webhooks"},
		tests: []string{"connectors/bottest", "connectors/bots/native/nativetest", "connectors/bots/native/sim"},
	},
	"connectors/bots/native/nativetest": {own: []string{"orchestrator", "connectors/bots/native"}},
	"connectors/bots/native/sim":        {own: []string{"orchestrator"}, third: []string{"github.com/standard-webhooks/standard-webhooks"}},
	"connectors/desks/genesys": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		tests: []string{"connectors/desktest", "connectors/desks/genesys/sim", "connectors/simkit"},
	},
	"connectors/desks/genesys/sim": {own: []string{"orchestrator", "connectors/simkit"}},
	"connectors/desks/house": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		tests: []string{"connectors/desktest", "orchestrator/redisstore", "orchestrator/redisstore/redistest"},
	},
	"connectors/desks/icws": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		tests: []string{"connectors/desks/icws/sim", "connectors/desktest", "connectors/simkit"},
	},
	"connectors/desks/icws/sim": {own: []string{"orchestrator", "connectors/simkit"}, tests: []string{"connectors/desks/icws/sim"}},
	"connectors/desks/superoffice": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		third: []string{"github.com/golang-jwt/jwt"},
		tests: []string{
			"connectors/desks/superoffice/sim", "connectors/desktest", "connectors/peertest", "connectors/simkit", "flows", "orchestrator/redisstore",
		},
	},
	"connectors/desks/superoffice/sim": {
		own:   []string{"orchestrator", "connectors/internal/...", "connectors/simkit"},
		third: []string{"github.com/golang-jwt/jwt"},
	},
	"connectors/desks/oracle": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		tests: []string{"connectors/desks/oracle/sim", "connectors/desktest", "connectors/simkit"},
	},
	"connectors/desks/oracle/sim": {own: []string{"orchestrator", "connectors/simkit"}},
	"connectors/peertest":         {},
	"connectors/bottest": {
		own:   []string{"orchestrator", "connectors/internal/..."},
		third: []string{"github.com/google/go-cmp", "go.uber.org/goleak"},
	},
	"connectors/desktest": {
		own:   []string{"orchestrator", "orchestrator/values", "connectors/internal/...", "connectors/simkit"},
		third: []string{"github.com/google/go-cmp", "go.uber.org/goleak"},
		tests: []string{"flows"},
	},
	"web/pages":       {own: []string{"orchestrator"}},
	"web/browsertest": {third: []string{"github.com/chromedp"}},
	"web/contracttest": {
		third: []string{"github.com/getkin/kin-openapi"},
		tests: []string{"connectors/peertest", "web"},
	},
	"web": {
		own: []string{"orchestrator", "orchestrator/values", "orchestrator/wire", "web/pages"},
		third: []string{
			"github.com/labstack/echo", "github.com/golang-jwt/jwt", "golang.org/x/crypto",
			"github.com/coreos/go-oidc", "golang.org/x/oauth2", "github.com/oklog/ulid", "github.com/prometheus/client_golang", "go.opentelemetry.io/otel",
		},
		tests: []string{"flows", "connectors/...", "orchestrator/redisstore", "orchestrator/redisstore/redistest", "web/contracttest"},
	},
	"cmd/handoff": {
		own: []string{"orchestrator", "orchestrator/redisstore", "orchestrator/wire", "flows", "connectors/...", "web"},
		third: []string{
			"github.com/robfig/cron", "github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/knadh/koanf",
			"github.com/go-viper/mapstructure", "github.com/oklog/ulid", "github.com/prometheus/client_golang",
			"go.opentelemetry.io/otel", "golang.org/x/crypto", "go.yaml.in/yaml",
		},
		tests: []string{"orchestrator/redisstore/redistest", "orchestrator/storetest", "web/browsertest", "web/contracttest"},
	},
}

// soleImporters are libraries that one part of the program hides from all others, in tests as well.
var soleImporters = map[string][]string{
	"github.com/redis/go-redis":     {"orchestrator/redisstore", "orchestrator/redisstore/redistest"},
	"github.com/alicebob/miniredis": {"orchestrator/redisstore", "orchestrator/redisstore/redistest"},
	"github.com/go-redsync/redsync": {"orchestrator/redisstore"},
	"github.com/labstack/echo":      {"web"},
	"github.com/looplab/fsm":        {"flows"},
	"github.com/robfig/cron":        {"cmd/handoff"},
}

// vagueNames say nothing about what is in a package.
var vagueNames = []string{"pkg", "util", "utils", "common", "helper", "helpers", "misc", "shared"}

// listed is what the go command says about one package.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	packages := listPackages(t)
	for _, complaint := range checkImports(packages) {
		t.Error(complaint)
	}
	if !slices.ContainsFunc(packages, func(p listed) bool { return p.ImportPath == module+"/orchestrator" }) {
		t.Error("the go command did not list the orchestrator: nothing was checked")
	}
}

func TestImportCheckNamesEachPlantedViolation(t *testing.T) {
	const echo, cron, cbor = "github.com/labstack/echo/v4", "github.com/robfig/cron/v3", "github.com/fxamacker/cbor/v2"
	planted := []listed{
		{ImportPath: "handoff/orchestrator", Imports: []string{"context", cbor}},
		{ImportPath: "handoff/flows", Imports: []string{"handoff/orchestrator", "handoff/orchestrator/redisstore"}},
		{ImportPath: "handoff/web", Imports: []string{echo, "handoff/flows"}, XTestImports: []string{"handoff/flows"}},
		{ImportPath: "handoff/cmd/handoff", Imports: []string{cron, "handoff/web"}, TestImports: []string{echo}},
		{ImportPath: "handoff/connectors/desks/house", Imports: []string{"handoff/connectors/internal/strictjson", cron}},
		{ImportPath: "handoff/connectors/util", Imports: []string{"context"}},
		{ImportPath: "handoff/orchestrator/redisstore", Imports: []string{"github.com/redis/go-redis/v9"}},
	}
	want := []string{
		"orchestrator may not import github.com/fxamacker/cbor/v2",
		"flows may not import handoff/orchestrator/redisstore",
		"web may not import handoff/flows",
		"the tests of cmd/handoff may not import github.com/labstack/echo/v4: only web may",
		"connectors/desks/house may not import github.com/robfig/cron/v3",
		"connectors/util says nothing about what is in it: name it after the thing",
		"connectors/util is not in the table of this test: add a row, and one to docs/architecture.md",
	}
	if diff := cmp.Diff(want, checkImports(planted)); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
}

func TestNoRowOfTheTableSharesWhatOneOwns(t *testing.T) {
	for library, importers := range soleImporters {
		for name, r := range rows {
			if slices.ContainsFunc(r.third, func(prefix string) bool { return under(library, prefix) }) && !slices.Contains(importers, name) {
				t.Errorf("the row of %s allows %s, which belongs to %s alone", name, library, strings.Join(importers, ", "))
			}
		}
	}
}

// checkImports answers one complaint for each thing that the tables above forbid.
func checkImports(packages []listed) []string {
	var complaints []string
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if slices.Contains(vagueNames, name[strings.LastIndex(name, "/")+1:]) {
			complaints = append(complaints, name+" says nothing about what is in it: name it after the thing")
		}
		r, known := rows[name]
		if !known {
			complaints = append(complaints, name+" is not in the table of this test: add a row, and one to docs/architecture.md")
			continue
		}
		for _, imported := range p.Imports {
			if !r.allows(imported) {
				complaints = append(complaints, name+" may not import "+imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if complaint := r.refusesInTests(name, imported); complaint != "" {
				complaints = append(complaints, complaint)
			}
		}
	}
	return complaints
}

func (r row) allows(imported string) bool {
	if own, is := ownName(imported); is {
		return slices.ContainsFunc(r.own, func(allowed string) bool { return covers(allowed, own) })
	}
	return isStandard(imported) || slices.ContainsFunc(r.third, func(prefix string) bool { return under(prefix, imported) })
}

func (r row) refusesInTests(name, imported string) string {
	if own, is := ownName(imported); is {
		itself := own == name
		extra := slices.ContainsFunc(r.tests, func(allowed string) bool { return covers(allowed, own) })
		if itself || extra || r.allows(imported) {
			return ""
		}
		return fmt.Sprintf("the tests of %s may not import %s", name, imported)
	}
	for library, importers := range soleImporters {
		if under(library, imported) && !slices.Contains(importers, name) {
			return fmt.Sprintf("the tests of %s may not import %s: only %s may", name, imported, strings.Join(importers, ", "))
		}
	}
	return ""
}

func ownName(imported string) (string, bool) { return strings.CutPrefix(imported, module+"/") }

// isStandard: the standard library's paths have no dot in their first element.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func covers(allowed, own string) bool {
	if folder, all := strings.CutSuffix(allowed, "/..."); all {
		return under(folder, own)
	}
	return allowed == own
}

func under(prefix, path string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// listPackages asks the go command for every package of the module, with its imports.
func listPackages(t *testing.T) []listed {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = "../.."
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("reading the answer of go list: %v", err)
		}
		packages = append(packages, p)
	}
}
