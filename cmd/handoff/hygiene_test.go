package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	root = "../.."
	// longestFile is how many lines a Go file that is not a test may have.
	longestFile = 400
	// longestLine is how many characters a line of Go may have. 120 is the aim; tables and signatures may go on to this.
	longestLine = 160
)

var (
	// unfinished marks work that was left for later.
	unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK|WIP)\b`)
	// promises marks what an advertisement would say.
	promises = regexp.MustCompile(`(?i)\b(simply|seamless(ly)?|effortless(ly)?|blazing(ly)?|world-class|cutting-edge|` +
		`state-of-the-art|leverag(e|es|ing)|robust(ly)?|powerful)\b`)
	// strangers are paths on somebody's own machine.
	strangers = regexp.MustCompile(`(^|[\s"'(=:])/(work|home|root|Users|tmp/brief)/`)
	scriptArg = regexp.MustCompile(`\b(KEYS|ARGV)\[(\d+)\]`)
)

func TestFilesAreShortFinishedAndPlain(t *testing.T) {
	checked := 0
	for path, text := range textFiles(t) {
		checked++
		for _, complaint := range checkFile(path, text) {
			t.Error(complaint)
		}
	}
	if checked < 30 {
		t.Errorf("only %d files were checked", checked)
	}
}

func TestFileCheckNamesEachPlantedFault(t *testing.T) {
	long := "package p\n" + strings.Repeat("\n", longestFile)
	waits := `package p

import ("testing"; "time")

func TestWaits(t *testing.T) {
	t.Skipf("not %s", "today")
	time.Sleep(time.Second)
}
`
	planted := []struct {
		path, text string
		want       []string
	}{
		{"a/long.go", long, []string{"a/long.go has 401 lines: split it by subject, 400 is the limit"}},
		{"a/long_test.go", long, nil},
		{"a/a_test.go", waits, []string{
			"a/a_test.go:6 skips a test", "a/a_test.go:7 sleeps: wait for a signal, or step the clock",
		}},
		{"a/rapid_test.go", "package p\n\nfunc step(t *rapid.T) { t.Skip(\"does not apply\") }\n", nil},
		{"a/left.go", "package p\n\n// " + "TO" + "DO later\n", []string{"a/left.go:3 leaves work for later: " + "TO" + "DO"}},
		{"a/says.go", "package p\n\nconst s = \"FIX" + "ME\"\n", nil},
		{"docs/a.md", "It is " + "seam" + "less.\n", []string{"docs/a.md:1 advertises: " + "seam" + "less"}},
		{"docs/b.md", "Look at /" + "home/me/notes.\n", []string{"docs/b.md:1 names a path on somebody's machine"}},
		{"s/a.lua", "-- KEYS  1 record\n-- ARGV  1 field\nreturn redis.call('HGET', KEYS[1], ARGV[2])\n", []string{
			"s/a.lua uses ARGV[2], which the table on top does not explain",
		}},
		{"s/b.lua", "return 1\n", []string{"s/b.lua has no comment on top that says what KEYS and ARGV are"}},
	}
	for _, p := range planted {
		if diff := cmp.Diff(p.want, checkFile(p.path, p.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.path, diff)
		}
	}
}

// textFiles reads every file of the repository that people write.
func textFiles(t *testing.T) map[string]string {
	t.Helper()
	endings := []string{".go", ".lua", ".md", ".yaml", ".yml", ".mmd", ".css", ".js", ".html"}
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == ".git" || name == "vendored" || name == "fuzz") {
			return fs.SkipDir
		}
		if entry.IsDir() || (!slices.Contains(endings, filepath.Ext(name)) && name != "Makefile" && name != "Dockerfile") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func checkFile(path, text string) []string {
	switch filepath.Ext(path) {
	case ".go":
		return checkGo(path, text)
	case ".lua":
		return append(checkScript(path, text), checkProse(path, text)...)
	}
	return checkProse(path, text)
}

// checkGo reads comments as prose, so that a string may hold any word, and code as code.
func checkGo(path, text string) []string {
	var complaints []string
	if lines := strings.Count(text, "\n"); lines > longestFile && !strings.HasSuffix(path, "_test.go") {
		complaints = append(complaints, fmt.Sprintf("%s has %d lines: split it by subject, %d is the limit", path, lines, longestFile))
	}
	for i, line := range strings.Split(text, "\n") {
		if len([]rune(line)) > longestLine && !ofTests(path) {
			complaints = append(complaints, fmt.Sprintf("%s:%d is longer than %d characters", path, i+1, longestLine))
		}
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments)
	if err != nil {
		return append(complaints, err.Error())
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			complaints = append(complaints, checkWords(path, files.Position(comment.Pos()).Line, comment.Text)...)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if drawsFromRapid(n) {
			return false // there, skipping means that a random step does not apply
		}
		if call, is := n.(*ast.CallExpr); is {
			if fault := faultOfCall(call); fault != "" {
				complaints = append(complaints, fmt.Sprintf("%s:%d %s", path, files.Position(call.Pos()).Line, fault))
			}
		}
		return true
	})
	return complaints
}

// drawsFromRapid reports whether n is a function of property tests: one that is given a *rapid.T.
func drawsFromRapid(n ast.Node) bool {
	var signature *ast.FuncType
	switch f := n.(type) {
	case *ast.FuncDecl:
		signature = f.Type
	case *ast.FuncLit:
		signature = f.Type
	default:
		return false
	}
	return slices.ContainsFunc(signature.Params.List, func(param *ast.Field) bool {
		pointer, is := param.Type.(*ast.StarExpr)
		if !is {
			return false
		}
		named, is := pointer.X.(*ast.SelectorExpr)
		if !is {
			return false
		}
		from, is := named.X.(*ast.Ident)
		return is && from.Name == "rapid" && named.Sel.Name == "T"
	})
}

// ofTests: a test file, or a package that only tests import. Their tables may have one long case a line.
func ofTests(file string) bool {
	return strings.HasSuffix(file, "_test.go") || strings.HasSuffix(filepath.Dir(file), "test")
}

// faultOfCall knows the calls that make a test lie or wait.
func faultOfCall(call *ast.CallExpr) string {
	selector, is := call.Fun.(*ast.SelectorExpr)
	if !is {
		return ""
	}
	receiver, is := selector.X.(*ast.Ident)
	if !is {
		return ""
	}
	switch selector.Sel.Name {
	case "Sleep":
		if receiver.Name == "time" {
			return "sleeps: wait for a signal, or step the clock"
		}
	case "Skip", "Skipf", "SkipNow":
		if slices.Contains([]string{"t", "tb", "b", "f"}, receiver.Name) {
			return "skips a test"
		}
	}
	return ""
}

func checkProse(path, text string) []string {
	var complaints []string
	for i, line := range strings.Split(text, "\n") {
		complaints = append(complaints, checkWords(path, i+1, line)...)
	}
	return complaints
}

func checkWords(path string, line int, words string) []string {
	var complaints []string
	if word := unfinished.FindString(words); word != "" {
		complaints = append(complaints, fmt.Sprintf("%s:%d leaves work for later: %s", path, line, word))
	}
	if word := promises.FindString(words); word != "" {
		complaints = append(complaints, fmt.Sprintf("%s:%d advertises: %s", path, line, word))
	}
	if strangers.MatchString(words) {
		complaints = append(complaints, fmt.Sprintf("%s:%d names a path on somebody's machine", path, line))
	}
	return complaints
}

// checkScript holds a Lua script to its table: what each key and argument is, in the comment on top.
func checkScript(path, text string) []string {
	var head, code strings.Builder
	for line := range strings.Lines(text) {
		if code.Len() == 0 && (strings.HasPrefix(line, "--") || strings.TrimSpace(line) == "") {
			head.WriteString(line)
		} else {
			code.WriteString(line)
		}
	}
	keys, arguments, hasArguments := strings.Cut(head.String(), "ARGV")
	if !hasArguments && !strings.Contains(keys, "KEYS") {
		return []string{path + " has no comment on top that says what KEYS and ARGV are"}
	}
	explained := map[string]string{"KEYS": keys, "ARGV": arguments}
	var complaints []string
	for _, used := range scriptArg.FindAllStringSubmatch(code.String(), -1) {
		complaint := fmt.Sprintf("%s uses %s, which the table on top does not explain", path, used[0])
		number := regexp.MustCompile(`\b` + used[2] + `\b`)
		if !number.MatchString(explained[used[1]]) && !slices.Contains(complaints, complaint) {
			complaints = append(complaints, complaint)
		}
	}
	return complaints
}
