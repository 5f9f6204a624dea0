// The feed of a chat, read once for all tabs that show it. Each tab reads the history itself and keeps its own place in it, so that
// a word which it has missed is read, and one which it hears twice is shown once, whoever reads the feed.
import { Feed } from './feed.js';
import { Tabs } from './chattabs.js';

const heartbeats = 20000; // milliseconds: the server is heard of every 15 s

export class ChatFeed {
  // tell is that of Feed, and stood(now): how the conversation stands, as another tab has read it.
  constructor(path, token, name, tell) {
    this.place = { path, token };
    this.tell = tell;
    this.after = 0;
    this.live = false; // what was said before has been read
    this.linked = true;
    this.tabs = new Tabs(name, { lead: () => this.read(false), follow: () => this.read(true), heard: (message) => this.heard(message),
      reads: () => Date.now() - this.feed.aliveAt < heartbeats });
  }

  run() { this.tabs.join(); }

  get leads() { return this.tabs.leads; }

  end() {
    this.feed?.end();
    this.tabs.leave();
  }

  // read begins where this tab is: on and on, or once.
  read(once) {
    this.feed?.end();
    this.reading = once;
    const { path, token } = this.place;
    const feed = new Feed(path, token, this.after, {
      event: (event, from) => {
        this.after = feed.after;
        if (!once) this.tabs.tell({ event, from });
        this.tell.event(event);
      },
      linked: (up) => this.link(up),
      caughtUp: () => {
        this.after = Math.max(this.after, feed.after);
        this.live = true;
        this.tell.caughtUp();
      },
      gone: (status) => {
        this.tabs.tell({ gone: status });
        this.tell.gone(status);
      },
    });
    this.feed = feed;
    const done = () => {
      if (this.feed !== feed || !once) return;
      this.reading = false;
      if (this.missed) this.again();
    };
    feed.run(once).then(done);
  }

  // again reads what was said while nobody told this tab.
  again() {
    this.missed = this.reading;
    if (!this.reading) this.read(true);
  }

  link(up) {
    this.linked = up;
    this.tabs.tell({ linked: up });
    this.tell.linked(up);
  }

  // stood tells the other tabs how the conversation stands.
  stood(now) { this.tabs.tell({ stood: now }); }

  // heard is what the leading tab tells.
  heard({ event, from, linked, stood, gone }) {
    if (linked !== undefined) this.link(linked);
    if (stood) this.tell.stood(stood);
    if (gone) this.tell.gone(gone);
    if (event?.sequence === undefined) return event && this.tell.event(event);
    if (event.sequence <= this.after) return undefined;
    if (this.reading || from > this.after) return this.again();
    this.after = event.sequence;
    return this.tell.event(event);
  }
}
