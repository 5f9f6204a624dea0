package orchestrator

// once carries a transient command out at once or never.
func (d *Dispatcher) once(cmd *Command) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return
	}
	copied := *cmd
	d.working.Go(func() {
		how := "dropped"
		if d.tryOnce(&copied) {
			how = "done"
		}
		d.engine.metrics.Delivered(copied.Type, how, d.engine.Now().Sub(copied.At))
	})
}

// tryOnce makes the call of a transient command, unless that is too old by now or slots are scarce. A call that has begun has
// all its time: cutting it short would look like a receiver in trouble.
func (d *Dispatcher) tryOnce(cmd *Command) bool {
	if stopped, err := d.isStopped(d.ctx, cmd.To); stopped || err != nil {
		return false
	}
	slot, ok := d.slots[cmd.To.Lane(false)]
	if !ok || d.engine.Now().Sub(cmd.At) > DropAfter || !slot.trySpare() {
		return false
	}
	defer slot.free()
	err := d.call(cmd, nil)
	if err == nil {
		return true
	}
	d.engine.log.Debug("a transient command was dropped", "conversation", cmd.Conversation, "command", cmd.Type, "error", err)
	if _, err := d.noteGone(d.ctx, cmd.To, err); err != nil {
		d.engine.log.Warn("a callback that answered 410 could not be stopped", "bot", cmd.To.Connector, "error", err)
	}
	return false
}
