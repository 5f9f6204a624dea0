package main

import (
	"errors"

	"handoff/flows"
	"handoff/orchestrator"
)

// flowSet are the configured flows by name.
type flowSet map[string]*flows.Flow

// byName are the flows as the engine takes them.
func (s flowSet) byName() map[string]orchestrator.Flow {
	all := make(map[string]orchestrator.Flow, len(s))
	for name, flow := range s {
		all[name] = flow
	}
	return all
}

// botFlows says which flow decides for the conversations of a bot.
func (l *loaded) botFlows() map[orchestrator.ConnectorName]string {
	all := map[orchestrator.ConnectorName]string{}
	for _, b := range l.Bots {
		all[orchestrator.ConnectorName(b.Name)] = b.Flow
	}
	return all
}

// configured is what this process tells the others to have.
func (l *loaded) configured() *orchestrator.Configured {
	has := &orchestrator.Configured{Flows: sortedKeys(l.flows)}
	for _, b := range l.Bots {
		has.Bots = append(has.Bots, orchestrator.ConnectorName(b.Name))
	}
	has.Desks = append(has.Desks, sortedKeys(l.desks)...)
	for _, q := range l.Queues {
		has.Queues = append(has.Queues, orchestrator.QueueName(q.Name))
	}
	return has
}

// checkFlows reads the policies and makes flows of them. It asks each connector what it can do, so it comes last.
func checkFlows(l *loaded, found *problems) {
	l.flows, l.policies = flowSet{}, map[string]flows.Policy{}
	for _, name := range sortedKeys(l.Flows) {
		path := "flows." + name
		if !validConnectorName.MatchString(name) {
			found.add(path, "%q %s", name, nameRule)
			continue
		}
		policy, err := flows.ParsePolicy(path, l.Flows[name])
		if err != nil {
			addPolicyErrors(found, path, err)
			continue
		}
		l.policies[name] = policy
	}
	world, ok := l.world(found)
	if !ok {
		return // what is wrong with the connectors has been said
	}
	for _, name := range sortedKeys(l.policies) {
		flow, err := flows.New(name, l.policies[name], world)
		if err != nil {
			addPolicyErrors(found, "flows."+name, err)
			continue
		}
		l.flows[name] = flow
	}
}

// world is what flows know of connectors, queues and people.
func (l *loaded) world(found *problems) (flows.World, bool) {
	world := flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{},
		Bots:   map[orchestrator.ConnectorName]bool{},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{},
		Agents: map[orchestrator.AgentID]orchestrator.Agent{},
		Skills: []string{},
	}
	if len(l.bots) < len(l.Bots) || len(l.desks) < len(l.Desks) {
		return world, false
	}
	checking := checkingWorld()
	checking.ringFor, checking.targets = l.ringTimes(), l.targets
	bots, desks, err := openConnectors(l, checking)
	if err != nil {
		found.add("", "%v", err)
		return world, false
	}
	for name, desk := range desks {
		world.Desks[name] = desk.Manifest()
	}
	for name, bot := range bots {
		world.Bots[name] = bot.Hears()
	}
	for _, q := range l.Queues {
		world.Queues[orchestrator.QueueName(q.Name)] = flows.QueueInfo{
			Desk: orchestrator.ConnectorName(q.Desk), Target: q.target(), Priority: q.Priority,
		}
	}
	for _, u := range l.Users {
		agent := l.agent(u)
		world.Agents[agent.ID] = agent
		world.Skills = append(world.Skills, u.Skills...)
	}
	return world, true
}

// agent is a person as others see them.
func (l *loaded) agent(u UserConfig) orchestrator.Agent {
	name := u.DisplayName
	if name == "" {
		name = u.Name
	}
	return orchestrator.Agent{ID: orchestrator.AgentID(u.Name), Name: name}
}

// addPolicyErrors notes everything that is wrong with a policy, each with its own path.
func addPolicyErrors(found *problems, path string, err error) {
	var policy *flows.PolicyError
	if !errors.As(err, &policy) {
		found.add(path, "%v", err)
		return
	}
	for _, f := range policy.Fields {
		found.add(f.Pointer, "%s", f.Detail)
	}
}

// defaultFlows is the default policy, for commands that speak about flows without a configuration.
func defaultFlows() (flowSet, error) {
	values := map[string]any{"desk": defaultDeskName, "queue": "general"}
	policy, err := flows.ParsePolicy("flows."+defaultFlow, values)
	if err != nil {
		return nil, err
	}
	desk, err := houseDesk(DeskConfig{Name: defaultDeskName}, "desks[0]", &problems{})(checkingWorld())
	if err != nil {
		return nil, err
	}
	flow, err := flows.New(defaultFlow, policy, flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{defaultDeskName: desk.Manifest()},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"general": {Desk: defaultDeskName, Target: "general"}},
	})
	if err != nil {
		return nil, err
	}
	return flowSet{defaultFlow: flow}, nil
}

// ringTimes are the longest deadlines for what rings at a person.
func (l *loaded) ringTimes() ringTimes {
	var longest ringTimes
	for _, p := range l.policies {
		longest.offer = max(longest.offer, p.Deadlines.Offered)
		longest.transfer = max(longest.transfer, p.Deadlines.Transferring)
	}
	return longest
}
