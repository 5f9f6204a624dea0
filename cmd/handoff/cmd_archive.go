package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
)

func newArchive(c *console) *cobra.Command {
	var configPath string
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "Print the archive without customers who were erased",
		Long: `archive prints what lies in the archive of the configuration, the oldest file first: one JSON line for each ended
conversation. Left out are the conversations of customers who were erased since, and the lines that say so.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return printArchive(c, configPath) },
	}
	c.configFlag(cmd, &configPath)
	return cmd
}

func printArchive(c *console, configPath string) error {
	cfg, err := loadConfig(configPath, c.environ)
	if err != nil {
		return err
	}
	if cfg.Archive.Path == "" {
		return errors.New("archive.path: is not set; there is no archive")
	}
	archive := &fileArchive{path: cfg.Archive.Path, log: slog.New(slog.NewTextHandler(c.err, nil))}
	reader, err := readArchived(append(archive.renamed(), cfg.Archive.Path))
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return reader.each(func(line []byte) error {
		_, err := fmt.Fprintf(c.out, "%s\n", line)
		return err
	})
}
