package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where a file must be, as the table in docs/architecture.md has it.
const (
	fileOnce     = "always"        // one file, for both seats
	fileEachSeat = "each seat"     // one for each seat, or one for both
	fileCustomer = "seat customer" // with the seat in front, or one for both
	fileAgent    = "seat agent"
	fileOptional = "where needed"
)

// A deskFiles is what docs/architecture.md lists: the files of every vendor's folder, and those of one vendor alone.
type deskFiles struct {
	where map[string]string   // by name, without the seat
	only  map[string][]string // by folder
}

// TestFilesOfVendorsAreAlike holds the folders of all vendors to the list in docs/architecture.md, and the declarations in their
// files to one order.
func TestFilesOfVendorsAreAlike(t *testing.T) {
	document, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	list := readDeskFiles(string(document))
	if len(list.where) < 15 || list.where["desk"] != fileOnce {
		t.Fatalf("docs/architecture.md lists only %d files of a vendor's folder", len(list.where))
	}
	there := map[string][]string{}
	for file, text := range textFiles(t) {
		folder, name, of := deskFile(file)
		if !of {
			continue
		}
		there[folder] = append(there[folder], name)
		for _, complaint := range checkOrder(file, text) {
			t.Error(complaint)
		}
	}
	if len(there) < 4 {
		t.Errorf("only the folders of %v were checked", slices.Sorted(maps.Keys(there)))
	}
	for folder, names := range there {
		for _, complaint := range list.check(folder, names) {
			t.Error(complaint)
		}
	}
}

func TestVendorFileCheckNamesEachPlantedFault(t *testing.T) {
	list := readDeskFiles("| `desk` | the desk | always |\n| `end` | the end | each seat |\n| `open` | opens | seat customer |\n" +
		"| `accept` | takes | seat agent |\n| `calls` | asks | where needed |\n| `icws` | `agent_wrapup` | it alone shows it |\n")
	planted := []struct {
		folder string
		names  string
		want   []string
	}{
		{"oracle", "desk customer_end agent_end customer_open agent_accept", nil},
		{"oracle", "desk end open accept calls agent_calls", nil},
		{"icws", "desk end open accept agent_wrapup", nil},
		{"icws", "desk end open accept", []string{"icws has no agent_wrapup.go, which docs/architecture.md lists as its own"}},
		{"oracle", "desk end open accept agent_wrapup", []string{"oracle/agent_wrapup.go is not among the files of docs/architecture.md"}},
		{"oracle", "desk end open accept scribe", []string{"oracle/scribe.go is not among the files of docs/architecture.md"}},
		{"oracle", "desk agent_desk end open accept", []string{"oracle/agent_desk.go: desk.go is one file for both seats"}},
		{"oracle", "customer_end agent_open accept their_calls", []string{
			"oracle has no agent_end.go, and no end.go for both seats", "oracle has no customer_open.go, and no open.go for both seats",
			"oracle has no desk.go", "oracle/their_calls.go: their is no seat",
		}},
	}
	for _, p := range planted {
		if diff := cmp.Diff(p.want, list.check(p.folder, strings.Fields(p.names))); diff != "" {
			t.Errorf("%s with %s (-want +got):\n%s", p.folder, p.names, diff)
		}
	}
	code := "package p\n\nfunc (d *Desk) send() {}\n\ntype Desk struct{}\n\nfunc (d *Desk) End() {}\n\nfunc newDesk() *Desk { return nil }\n"
	want := []string{
		"p.go: Desk.send stands before the type", "p.go: Desk.End stands behind Desk.send, which is not exported",
		"p.go: newDesk stands behind a method of what it makes",
	}
	if diff := cmp.Diff(want, checkOrder("p.go", code)); diff != "" {
		t.Errorf("the order (-want +got):\n%s", diff)
	}
}

// Rows of the two tables: | `send` | what lies there | each seat | and | `icws` | `agent_wrapup` | why |.
var (
	deskFileRow = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| [^|]+ \\| (always|each seat|seat customer|seat agent|where needed) \\|$")
	deskOnlyRow = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| `([a-z_]+)` \\| [^|]+ \\|$")
)

func readDeskFiles(document string) deskFiles {
	list := deskFiles{where: map[string]string{}, only: map[string][]string{}}
	for _, row := range deskFileRow.FindAllStringSubmatch(document, -1) {
		list.where[row[1]] = row[2]
	}
	for _, row := range deskOnlyRow.FindAllStringSubmatch(document, -1) {
		list.only[row[1]] = append(list.only[row[1]], row[2])
	}
	return list
}

// deskFile reports whether a path is a file of a vendor's desk that is neither a test nor its simulator. The house desk is ours.
func deskFile(file string) (folder, name string, is bool) {
	dir, base := path.Split(file)
	folder = path.Base(dir)
	name, code := strings.CutSuffix(base, ".go")
	is = code && !strings.HasSuffix(name, "_test") && path.Clean(dir) == "connectors/desks/"+folder && folder != "house"
	return folder, name, is
}

// check answers one complaint for each file that is missing, or that the list does not have.
func (l deskFiles) check(folder string, names []string) []string {
	var complaints []string
	has := func(name string) bool { return slices.Contains(names, name) }
	for role, where := range l.where {
		for _, seat := range seatsOf(where) {
			if !has(role) && !has(seat+"_"+role) {
				complaints = append(complaints, fmt.Sprintf("%s has no %s_%s.go, and no %s.go for both seats", folder, seat, role, role))
			}
		}
		if where == fileOnce && !has(role) {
			complaints = append(complaints, fmt.Sprintf("%s has no %s.go", folder, role))
		}
	}
	for _, name := range l.only[folder] {
		if !has(name) {
			complaints = append(complaints, fmt.Sprintf("%s has no %s.go, which docs/architecture.md lists as its own", folder, name))
		}
	}
	for _, name := range names {
		if complaint := l.misplaced(folder, name); complaint != "" {
			complaints = append(complaints, complaint)
		}
	}
	slices.Sort(complaints)
	return complaints
}

func (l deskFiles) misplaced(folder, name string) string {
	file := folder + "/" + name + ".go"
	seat, role, ofSeat := strings.Cut(name, "_")
	if !ofSeat || l.where[role] == "" {
		if l.where[name] == "" && !slices.Contains(l.only[folder], name) {
			return file + " is not among the files of docs/architecture.md"
		}
		return ""
	}
	switch {
	case seat != seatCustomerName && seat != seatAgentName:
		return fmt.Sprintf("%s: %s is no seat", file, seat)
	case l.where[role] == fileOnce:
		return fmt.Sprintf("%s: %s.go is one file for both seats", file, role)
	}
	return ""
}

// seatsOf are the seats that must have a file.
func seatsOf(where string) []string {
	switch where {
	case fileEachSeat:
		return []string{seatCustomerName, seatAgentName}
	case fileCustomer:
		return []string{seatCustomerName}
	case fileAgent:
		return []string{seatAgentName}
	}
	return nil
}

// The seats as file names have them.
const seatCustomerName, seatAgentName = "customer", "agent"

// checkOrder holds the declarations of a file to one order: a type, what makes it, its exported methods, its other methods.
func checkOrder(file, text string) []string {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	here := typesOf(parsed)
	seen := map[string]bool{}       // types so far
	hidden := map[string]string{}   // the first method of a type that is not exported
	anyMethod := map[string]bool{}  // types of which a method was seen
	complaints := map[string]bool{} // each once
	var ordered []string
	complain := func(format string, args ...any) {
		if text := file + ": " + fmt.Sprintf(format, args...); !complaints[text] {
			complaints[text] = true
			ordered = append(ordered, text)
		}
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, is := spec.(*ast.TypeSpec); is {
					seen[t.Name.Name] = true
				}
			}
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv == nil {
				if made := madeBy(d); here[made] && anyMethod[made] {
					complain("%s stands behind a method of what it makes", name)
				}
				continue
			}
			of := typeName(d.Recv.List[0].Type)
			anyMethod[of] = true
			if here[of] && !seen[of] {
				complain("%s.%s stands before the type", of, name)
			}
			if !d.Name.IsExported() && hidden[of] == "" {
				hidden[of] = name
			} else if d.Name.IsExported() && hidden[of] != "" {
				complain("%s.%s stands behind %s.%s, which is not exported", of, name, of, hidden[of])
			}
		}
	}
	return ordered
}

// typesOf are the types that a file declares.
func typesOf(file *ast.File) map[string]bool {
	types := map[string]bool{}
	for _, d := range file.Decls {
		if g, is := d.(*ast.GenDecl); is {
			for _, spec := range g.Specs {
				if t, is := spec.(*ast.TypeSpec); is {
					types[t.Name.Name] = true
				}
			}
		}
	}
	return types
}

// madeBy is the type that a constructor makes; empty for other functions.
func madeBy(d *ast.FuncDecl) string {
	if !strings.HasPrefix(strings.ToLower(d.Name.Name), "new") || d.Type.Results == nil {
		return ""
	}
	return typeName(d.Type.Results.List[0].Type)
}

// typeName is a type's name, also behind a pointer or with parameters.
func typeName(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return typeName(of.X)
	case *ast.IndexExpr:
		return typeName(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}
