// Says in a line that a person understands why something was refused.
export function refusalText({ status, problem }, desk) {
  switch (problem.code) {
    case 'stale-version': return 'The chat has changed since you looked, so nothing was done. Look at it as it is now, and decide again.';
    case 'not-in-control': return `Nothing was done: ${who(problem, desk)}.`;
    case 'state-conflict': return `Not possible now: ${problem.detail}.`;
    case 'validation': return (problem.errors ?? []).map((fault) => `${fault.pointer.slice(1)} ${fault.detail}`).join('; ') || problem.detail;
    case 'unknown-conversation': return 'This chat is not yours any more.';
    case 'csrf': return 'The page is from another sign-in. Load it again; what you have not sent is kept.';
  }
  return `${problem.title ?? `HTTP ${status}`}: ${problem.detail ?? ''}.`;
}

// lossText says in a line where a chat is that its person has lost, and why, as far as the stream of changes has told.
// was is the state in which it was theirs.
export function lossText({ state, agents = [], cause, by }, was, desk) {
  const [first] = agents;
  const owner = first?.id ?? first;
  const why = reason(cause === 'transfer_accepted' && was !== 'transferring' ? 'accepted' : cause, by);
  const because = why ? ` (${why})` : '';
  if (['agent', 'conference', 'transferring'].includes(state) && owner && owner !== desk.me) return `${desk.nameOf(owner)} has this chat now${because}.`;
  if (state === 'queued' || state === 'offered') return `The chat waits in a queue again${because}.`;
  if (state === 'bot') return `The bot has this chat now${because}.`;
  if (['wrap_up', 'completed', 'abandoned', 'expired'].includes(state)) return 'The chat is over.';
  return 'This chat is not yours any more.';
}

function reason(cause, by) {
  const supervisor = by === 'supervisor';
  switch (cause) {
    case 'accepted': return supervisor ? 'taken over by a supervisor' : 'taken over by a colleague';
    case 'transfer_accepted': return 'transferred';
    case 'transferred_to_queue': return supervisor ? 'transferred by a supervisor' : 'transferred';
    case 'requeued': return supervisor ? 'put back by a supervisor' : 'put back because you were away';
    case 'returned_to_bot': return supervisor ? 'given back by a supervisor' : 'given back';
    case 'agent_left': return 'you left';
  }
  return '';
}

function who(problem, desk) {
  if (problem.agent && problem.agent.id !== desk.me) return `${problem.agent.name || desk.nameOf(problem.agent.id)} has this chat now`;
  switch (problem.controller) {
    case 'bot': return 'the bot has this chat now';
    case 'nobody': return 'nobody has this chat now';
  }
  return problem.detail;
}
