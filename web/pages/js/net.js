// Calls the interface and tells apart what a caller must tell apart: refused (asking again changes nothing) and unreachable
// (the network, or a server that says "later").

// Refused is an answer that says no; problem is the problem document.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

// Unreachable is no answer, or one that says to try again; wait is how many milliseconds the server asks for.
export class Unreachable extends Error {
  constructor(why, wait = 0) {
    super(why);
    this.wait = wait;
  }
}

const patience = 20000; // milliseconds for one call

// root is where the pages of this installation begin: the scripts lie in a folder below it.
export const root = new URL('..', import.meta.url);

// at is the address of one of our paths, which begin with a slash as the interface names them.
export const at = (path) => new URL(path.slice(1), root).href;

// call sends JSON and answers { status, body, version }, the version of the conversation if the answer has one.
export async function call(method, path, { body, headers = {}, signal } = {}) {
  const signals = [AbortSignal.timeout(patience)];
  if (signal) signals.push(signal);
  let answer;
  let text;
  try {
    answer = await fetch(at(path), {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.any(signals),
      cache: 'no-store',
    });
    text = await answer.text();
  } catch (fault) {
    throw new Unreachable(String(fault));
  }
  let read = {};
  try {
    read = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Unreachable(`HTTP ${answer.status} without JSON`);
  }
  const version = Number(answer.headers.get('ETag')?.replaceAll('"', ''));
  if (answer.ok) return { status: answer.status, body: read, version };
  const wait = Number(answer.headers.get('Retry-After')) * 1000 || 0;
  if (answer.status === 429 || answer.status >= 500) throw new Unreachable(read.title || `HTTP ${answer.status}`, wait);
  throw new Refused(answer.status, read);
}

// newID names something once for all: a word that is sent again under the same id is the same word.
export function newID(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return prefix + Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

const longest = 15000;

// rest waits before the next try: longer with each, at most 15 s, and no longer when the network comes back.
export function rest(tries, wait = 0) {
  return new Promise((go) => {
    const timer = setTimeout(done, Math.max(wait, Math.min(longest, 500 * 2 ** tries) * (0.75 + Math.random() / 4)));
    function done() {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      go();
    }
    window.addEventListener('online', done);
  });
}
