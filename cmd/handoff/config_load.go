package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	koanfyaml "github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"

	"handoff/flows"
	"handoff/orchestrator"
)

// configEnv names the environment variable that stands in for --config.
const configEnv = envPrefix + "CONFIG"

// maxConfigBytes bounds the configuration file, and maxSecretBytes a file that a secret refers to.
const (
	maxConfigBytes = 4 << 20
	maxSecretBytes = 64 << 10
)

// loaded is a configuration that has passed every check, with what it was made into and what is odd but allowed.
type loaded struct {
	Config
	bots     map[orchestrator.ConnectorName]botOpener
	desks    map[orchestrator.ConnectorName]deskOpener
	policies map[string]flows.Policy
	flows    flowSet
	warnings []problem
	// demoPassword is everybody's and no secret; empty: this is no demo.
	demoPassword string
}

// loadConfig reads the file (none if path is empty) and the environment, over the defaults, and checks the whole. The error
// names everything that is wrong: problems, or a single error when the file cannot be read at all.
func loadConfig(path string, environ []string) (*loaded, error) {
	var data []byte
	if path != "" {
		var err error
		if data, err = readBounded(path, maxConfigBytes); err != nil {
			return nil, fmt.Errorf("config file: %w", err)
		}
	}
	l, err := parseConfig(data, environ)
	if err != nil && path == "" {
		return nil, fmt.Errorf("no configuration file is given (--config FILE, or %s); from the environment alone:\n%w", configEnv, err)
	}
	if err != nil && path != "" && !isProblems(err) {
		return nil, fmt.Errorf("config file %s: %w", path, err)
	}
	return l, err
}

// parseConfig is loadConfig for the bytes of a file.
func parseConfig(data []byte, environ []string) (*loaded, error) {
	if err := singleDocument(data); err != nil {
		return nil, err
	}
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(data), koanfyaml.Parser()); err != nil {
		return nil, err
	}
	found := &problems{}
	overlay := envOverlay{found: found}
	provider := env.Provider("", env.Opt{
		Prefix: envPrefix, TransformFunc: overlay.name, EnvironFunc: func() []string { return environ },
	})
	if err := k.Load(provider, nil, koanf.WithMergeFunc(overlay.merge)); err != nil {
		return nil, err
	}
	tree := k.Raw()
	fillDefaults(tree)
	cfg := defaultConfig()
	decodeInto(&cfg, tree, "", found)
	if len(found.list) > 0 {
		return nil, found.err() // shapes first: further checks would only complain about what follows from them
	}
	readReferences(&cfg, found)
	return checkInto(cfg, found)
}

// checked is a configuration whose values are decoded, after every check.
func checked(cfg Config) (*loaded, error) { return checkInto(cfg, &problems{}) }

func checkInto(cfg Config, found *problems) (*loaded, error) {
	l := &loaded{
		Config: cfg,
		bots:   map[orchestrator.ConnectorName]botOpener{},
		desks:  map[orchestrator.ConnectorName]deskOpener{},
	}
	checkConfig(l, found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return l, nil
}

// singleDocument refuses a file with a second YAML document, which the parser would leave out in silence.
func singleDocument(data []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := d.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	if len(first.Content) > 0 && first.Content[0].Kind != yaml.MappingNode && first.Content[0].Tag != "!!null" {
		return errors.New("yaml: the top level must be a map of keys")
	}
	switch err := d.Decode(&second); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("yaml: line %d: a second document begins here; one file holds one configuration", second.Line)
	}
}

// fillDefaults puts in what members of lists do not say, and the house desk where no desk is named.
func fillDefaults(tree map[string]any) {
	if tree["desks"] == nil {
		tree["desks"] = []any{map[string]any{"name": defaultDeskName, "kind": defaultDeskKind}}
	}
	for list, defaults := range itemDefaults() {
		items, _ := tree[list].([]any)
		for _, item := range items {
			fields, ok := item.(map[string]any)
			if !ok {
				continue // decoding will say so
			}
			for key, value := range defaults {
				if fields[key] == nil {
					fields[key] = value
				}
			}
		}
	}
}

// secretFilePrefix marks a secret that lies in a file of its own: "file:/run/secrets/bot".
const secretFilePrefix = "file:"

// readReferences replaces each "file:" value of a secret with what is in the file.
func readReferences(cfg *Config, found *problems) {
	readSecret(&cfg.Redis.URL, "redis.url", found)
	readSecret(&cfg.OIDC.ClientSecret, "oidc.client_secret", found)
	for i := range cfg.Bots {
		for j := range cfg.Bots[i].Secrets {
			readSecret(&cfg.Bots[i].Secrets[j], fmt.Sprintf("bots[%d].secrets[%d]", i, j), found)
		}
		for j := range cfg.Bots[i].Tokens {
			readSecret(&cfg.Bots[i].Tokens[j], fmt.Sprintf("bots[%d].tokens[%d]", i, j), found)
		}
	}
	for i := range cfg.Users {
		readSecret(&cfg.Users[i].PasswordHash, fmt.Sprintf("users[%d].password_hash", i), found)
	}
}

// readSecret replaces one secret with what is in the file that it names, if it names one.
func readSecret(s *Secret, path string, found *problems) {
	name, refers := strings.CutPrefix(s.Reveal(), secretFilePrefix)
	if !refers {
		return
	}
	data, err := readBounded(name, maxSecretBytes)
	switch value := strings.TrimSpace(string(data)); {
	case err != nil:
		found.add(path, "%v", err)
	case value == "":
		found.add(path, "the file %s is empty", name)
	default:
		*s = Secret(value)
	}
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, nil
}
