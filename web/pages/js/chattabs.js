// The tabs of one browser that show the same chat. One of them leads: it reads the feed and tells the others what it hears. A
// tab leads for as long as it holds the lock of the chat; when it is closed the lock passes on. Where the browser has no
// locks or no channel between tabs, each tab leads itself.

const askEvery = 5000; // milliseconds between two questions of a tab in front, whether the leader still answers
const silence = 12000; // a leader that is not heard for so long was suspended by the browser

const locks = () => { // to look for them throws in a frame whose storage is forbidden
  try {
    return navigator.locks;
  } catch {
    return undefined;
  }
};

function channelOf(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

// Tabs tells: lead() when this tab is to read the feed, follow() when another one does, heard(message) of what that one tells. It
// asks reads(), whether this tab has just heard of the server.
export class Tabs {
  constructor(name, told) {
    this.name = name;
    this.told = told;
    this.leads = false;
    this.left = new AbortController();
    this.heardAt = Date.now();
    this.tickedAt = 0;
    this.channel = locks() && channelOf(name);
    if (!this.channel) return;
    this.channel.addEventListener('message', ({ data }) => this.hear(data));
    this.timer = setInterval(() => this.watch(), askEvery);
  }

  // join begins: this tab leads, or follows who does, until it leaves.
  async join() {
    if (!this.channel) return this.lead();
    const led = await this.hold({ ifAvailable: true });
    if (led || this.left.signal.aborted) return undefined;
    this.told.follow();
    return this.queue();
  }

  // queue waits until nobody leads any more.
  queue() {
    this.queued = new AbortController();
    return this.hold({ signal: AbortSignal.any([this.left.signal, this.queued.signal]) });
  }

  // hold leads while the lock is held, and reports whether it was. One that was taken away leaves this tab following.
  async hold(how) {
    let held = false;
    try {
      await locks().request(this.name, how, (lock) => {
        if (!lock || this.left.signal.aborted) return undefined;
        held = true;
        this.lead();
        return new Promise((release) => { this.release = release; });
      });
    } catch (fault) {
      if (this.left.signal.aborted) return held;
      if (held) {
        this.leads = false;
        this.heardAt = Date.now();
        this.told.follow();
        this.queue();
      } else if (fault.name !== 'AbortError') {
        this.lead(); // the browser forbids locks here
        held = true;
      }
    }
    return held;
  }

  lead() {
    this.leads = true;
    this.told.lead();
  }

  tell(message) {
    if (this.leads) this.channel?.postMessage(message);
  }

  hear(message) {
    if (message.ask) return this.runs() ? this.tell({ here: true }) : undefined;
    this.heardAt = Date.now();
    return message.here || this.leads ? undefined : this.told.heard(message);
  }

  // runs: a page that the browser has suspended may still answer messages, but its timers and its feed stand still.
  runs() { return Date.now() - this.tickedAt < askEvery + 2000 || this.told.reads(); }

  // watch: a tab in front takes the lock from a leader that does not answer.
  watch() {
    this.tickedAt = Date.now();
    if (this.leads || document.hidden) {
      this.heardAt = Date.now();
      return;
    }
    if (Date.now() - this.heardAt < silence) {
      this.channel.postMessage({ ask: true });
      return;
    }
    this.queued?.abort();
    this.hold({ steal: true });
  }

  leave() {
    this.leads = false;
    this.left.abort();
    this.release?.();
    clearInterval(this.timer);
    this.channel?.close();
  }
}

// canLock reports whether tabs can leave things to each other.
export const canLock = () => locks() !== undefined;

const patience = 10000; // milliseconds

// alone does something while no other tab does the same. A tab that holds on for long may be suspended: then it is done beside it.
export async function alone(name, act) {
  let begun = false;
  const once = () => {
    begun = true;
    return act();
  };
  try {
    return await locks().request(name, { signal: AbortSignal.timeout(patience) }, once);
  } catch (fault) {
    if (begun) throw fault;
    return once();
  }
}
