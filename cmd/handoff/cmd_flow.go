package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"handoff/flows"
	"handoff/orchestrator"
)

// flowFlags choose the policy that the flow commands speak about.
type flowFlags struct {
	configPath string
	name       string
}

func newFlow(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Look at a policy: check it, draw it, explain a step",
		Long:  `flow speaks about a policy of the configuration, or about the default policy if none is given.`,
	}
	cmd.AddCommand(newFlowCheck(c), newFlowDiagram(c), newFlowExplain(c))
	return cmd
}

func (c *console) flowFlags(cmd *cobra.Command, f *flowFlags) {
	c.configFlag(cmd, &f.configPath)
	cmd.Flags().StringVar(&f.name, "flow", "", `which flow; default: the only one, or "default"`)
}

// pick answers the flows that a command speaks about: the named one, or all of the configuration.
func (f *flowFlags) pick(c *console) (flowSet, error) {
	set, err := f.load(c)
	if err != nil || f.name == "" {
		return set, err
	}
	one, ok := set[f.name]
	if !ok {
		return nil, fmt.Errorf("--flow: flow %q is not configured%s", f.name, suggest(f.name, sortedKeys(set)))
	}
	return flowSet{f.name: one}, nil
}

func (f *flowFlags) load(c *console) (flowSet, error) {
	if f.configPath == "" {
		return defaultFlows()
	}
	l, err := loadConfig(f.configPath, c.environ)
	if err != nil {
		return nil, err
	}
	return l.flows, nil
}

// one is pick where exactly one flow is meant.
func (f *flowFlags) one(c *console) (*flows.Flow, error) {
	set, err := f.pick(c)
	if err != nil {
		return nil, err
	}
	if flow, ok := set[defaultFlow]; ok {
		return flow, nil
	}
	names := sortedKeys(set)
	if len(names) != 1 {
		return nil, fmt.Errorf("--flow: choose one of %s", strings.Join(names, ", "))
	}
	return set[names[0]], nil
}

func newFlowCheck(c *console) *cobra.Command {
	var f flowFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the policies, and say in plain words what they do",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := f.pick(c)
			if err != nil {
				return err
			}
			for _, name := range sortedKeys(set) {
				c.say("flow %s: good", name)
				for _, rule := range set[name].Policy().Rules {
					c.say("  - %s", rule)
				}
			}
			return nil
		},
	}
	c.flowFlags(cmd, &f)
	return cmd
}

func newFlowDiagram(c *console) *cobra.Command {
	var f flowFlags
	var format, state string
	cmd := &cobra.Command{
		Use:   "diagram",
		Short: "Draw the states and the steps between them",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			flow, err := f.one(c)
			if err != nil {
				return err
			}
			view := flow.Policy()
			current := orchestrator.State(state)
			if state != "" && !current.Valid() {
				return unknownState("--state", state)
			}
			switch format {
			case "mermaid":
				c.say("%s", strings.TrimSpace(view.Mermaid(current)))
			case "dot":
				c.say("%s", strings.TrimSpace(view.Graphviz(current)))
			default:
				return fmt.Errorf("--format: must be mermaid or dot, not %q", format)
			}
			return nil
		},
	}
	c.flowFlags(cmd, &f)
	cmd.Flags().StringVar(&format, "format", "mermaid", "mermaid or dot (Graphviz)")
	cmd.Flags().StringVar(&state, "state", "", "mark this state")
	return cmd
}

func newFlowExplain(c *console) *cobra.Command {
	var f flowFlags
	cmd := &cobra.Command{
		Use:     "explain STATE [EVENT]",
		Short:   "Say where an event leads from a state, or which events lead anywhere",
		Example: "  handoff flow explain queued\n  handoff flow explain queued accepted",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			flow, err := f.one(c)
			if err != nil {
				return err
			}
			state := orchestrator.State(args[0])
			if !state.Valid() {
				return unknownState("STATE", args[0])
			}
			if len(args) == 1 {
				explainState(c, flow.Policy(), state)
				return nil
			}
			answer := flow.Explain(state, orchestrator.EventType(args[1]))
			if strings.HasPrefix(answer, "There is no event") {
				return fmt.Errorf("EVENT: %s", answer)
			}
			c.say("%s", answer)
			return nil
		},
	}
	c.flowFlags(cmd, &f)
	return cmd
}

// explainState lists what may happen in a state.
func explainState(c *console, view orchestrator.PolicyView, state orchestrator.State) {
	speaker := (&orchestrator.Conversation{State: state}).Controller()
	c.say("%s: %s may speak to the customer", state, speaker)
	if state.Ended() {
		c.say("  it is over; nothing leads out of it")
		return
	}
	for _, t := range view.Transitions {
		if t.From == state {
			c.say("  %-22s → %s", t.On, t.To)
		}
	}
}

func unknownState(name, given string) error {
	var all []string
	for _, s := range orchestrator.States() {
		all = append(all, string(s))
	}
	return fmt.Errorf("%s: there is no state %q%s; states are %s", name, given, suggest(given, all), strings.Join(all, ", "))
}
