package contracttest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"handoff/connectors/peertest"
	"handoff/web"
	"handoff/web/contracttest"
)

// oapiCodegen makes Go types from an OpenAPI document.
const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// TestOthersReadTheDocument: a validator and two generators of types that nobody here wrote, one for TypeScript and one for Go.
func TestOthersReadTheDocument(t *testing.T) {
	all := shownBodies(t)
	t.Run("npm", func(t *testing.T) {
		t.Parallel()
		dir := peertest.Install(t, filepath.Join("testdata", "peer"))
		write(t, dir, "openapi.json", web.OpenAPI())
		if said := run(t, dir, "node", "validate.js", "openapi.json"); strings.TrimSpace(said) != "3.0" {
			t.Errorf("the validator takes it for OpenAPI %s", said)
		}
		run(t, dir, "node", "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "contract.ts")
		write(t, dir, "examples.ts", typescript(all))
		run(t, dir, "node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "examples.ts")
	})
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, "openapi.json", web.OpenAPI())
		write(t, dir, "go.mod", []byte("module contract\n\ngo 1.26\n"))
		if err := os.Mkdir(filepath.Join(dir, "contract"), 0o700); err != nil {
			t.Fatal(err)
		}
		run(t, dir, "go", "run", oapiCodegen, "-generate", "types,skip-prune", "-package", "contract", "-o", "contract/types.go", "openapi.json")
		write(t, dir, "main.go", golang(all))
		run(t, dir, "go", "run", ".")
	})
}

// body is an example with the component that it is one of.
type body struct {
	name, component string
	text            []byte
}

// shownBodies are the examples of everything that travels between a bot and us. An event of a bot is one of two components: that
// of its type, and the one for all types.
func shownBodies(t *testing.T) (all []body) {
	t.Helper()
	doc := read(t)
	for _, list := range []func() ([]contracttest.Example, error){doc.Requests, doc.Callbacks, doc.Answers} {
		examples, err := list()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range examples {
			component := strings.TrimPrefix(e.Schema, "#/components/schemas/")
			all = append(all, body{e.Operation + " " + e.Name, component, e.Body})
			if component == "BotEvent" {
				all = append(all, body{e.Operation + " " + e.Name + " by its type", doc.EventComponent(e.Body), e.Body})
			}
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d examples were found", len(all))
	}
	return all
}

// typescript gives each example to a constant of its component's type.
func typescript(all []body) []byte {
	var b bytes.Buffer
	b.WriteString("import type { components } from \"./contract\";\ntype Of<K extends keyof components[\"schemas\"]> = components[\"schemas\"][K];\n")
	for i, e := range all {
		fmt.Fprintf(&b, "// %s\nexport const example%d: Of<%q> = %s;\n", e.name, i, e.component, e.text)
	}
	return b.Bytes()
}

// golang reads each example into its component's type, which must know every member, and writes it again, which must lose none.
func golang(all []body) []byte {
	var b bytes.Buffer
	b.WriteString(goBegins)
	for _, e := range all {
		fmt.Fprintf(&b, "\tkeeps[contract.%s](%q, %q)\n", e.component, e.name, e.text)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

const goBegins = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"contract/contract"
)

func keeps[T any](name, text string) {
	var v T
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&v)
	if err == nil {
		var again []byte
		var before, after any
		again, err = json.Marshal(v)
		_ = json.Unmarshal([]byte(text), &before)
		_ = json.Unmarshal(again, &after)
		if err == nil && !reflect.DeepEqual(before, after) {
			err = fmt.Errorf("it becomes %s", again)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func main() {
`

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a program in a folder and answers what it prints.
func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", program, args, err, &out, &errs)
	}
	return out.String()
}
