package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed handoff.example.yaml
var exampleConfig string

func newCheckConfig(c *console) *cobra.Command {
	var configPath string
	var show, example bool
	cmd := &cobra.Command{
		Use:   "check-config",
		Short: "Check a configuration, and say everything that is wrong with it",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if example {
				c.say("%s", strings.TrimSpace(exampleConfig))
				return nil
			}
			l, err := loadConfig(configPath, c.environ)
			if err != nil {
				return err
			}
			for _, w := range l.warnings {
				c.note("odd: %s", w)
			}
			if show {
				text, err := l.print()
				if err != nil {
					return fmt.Errorf("printing: %w", err)
				}
				c.say("%s", strings.TrimSpace(text))
				return nil
			}
			c.say("the configuration is good: %s, %s, %s, %s, %s", count(len(l.Bots), "bot"), count(len(l.Desks), "desk"),
				count(len(l.Queues), "queue"), count(len(l.Users), "user"), count(len(l.Flows), "flow"))
			return nil
		},
	}
	c.configFlag(cmd, &configPath)
	cmd.Flags().BoolVar(&show, "print", false, "print the configuration with all defaults, secrets hidden")
	cmd.Flags().BoolVar(&example, "example", false, "print an example with every key explained")
	return cmd
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
