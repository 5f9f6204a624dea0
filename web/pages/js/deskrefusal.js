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

function who(problem, desk) {
  if (problem.agent && problem.agent.id !== desk.me) return `${problem.agent.name || desk.nameOf(problem.agent.id)} has this chat now`;
  switch (problem.controller) {
    case 'bot': return 'the bot has this chat now';
    case 'nobody': return 'nobody has this chat now';
  }
  return problem.detail;
}
