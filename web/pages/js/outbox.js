// Keeps words that are not known to have arrived, in the browser's storage, and sends them one after the other. A word
// has its id from the beginning: however often it is sent, it is one word. It leaves when the timeline shows it.
import { Refused, Unreachable, rest } from './net.js';

// Kept is a value in a storage that outlives a reload. A browser that forbids storage keeps it in memory.
export class Kept {
  constructor(storage, key, standby) {
    this.storage = storage;
    this.key = key;
    this.value = standby;
    try {
      this.value = { ...standby, ...JSON.parse(this.storage().getItem(key) ?? '{}') };
    } catch { /* forbidden, or not ours: as if there were none */ }
  }

  set(changes) {
    Object.assign(this.value, changes);
    try {
      this.storage().setItem(this.key, JSON.stringify(this.value));
    } catch { /* full or forbidden: it stays in memory */ }
  }

  forget() {
    try {
      this.storage().removeItem(this.key);
    } catch { /* there was none */ }
  }
}

// Outbox sends the words in kept.value.outbox. send(word) is one try; changed() is told whenever something changed.
export class Outbox {
  constructor(kept, send, changed) {
    this.kept = kept;
    this.send = send;
    this.changed = changed;
    this.running = false;
  }

  get words() { return this.kept.value.outbox; }

  add(word) {
    this.keep([...this.words, { ...word, state: 'waiting' }]);
    this.run();
  }

  // seen: the timeline has the word.
  seen(id) {
    if (this.words.some((word) => word.id === id)) this.keep(this.words.filter((word) => word.id !== id));
  }

  drop(id) { this.seen(id); }

  keep(words) {
    this.kept.set({ outbox: words });
    this.changed();
  }

  mark(id, changes) {
    this.keep(this.words.map((word) => (word.id === id ? { ...word, ...changes } : word)));
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let tries = 0; ;) {
      const word = this.words.find((one) => one.state === 'waiting');
      if (!word) break;
      try {
        await this.send(word);
        this.mark(word.id, { state: 'sent' });
        tries = 0;
      } catch (fault) {
        if (fault instanceof Refused) {
          this.mark(word.id, { state: 'refused', why: fault.problem, status: fault.status });
        } else if (fault instanceof Unreachable) {
          await rest(tries++, fault.wait);
        } else {
          this.running = false;
          throw fault;
        }
      }
    }
    this.running = false;
  }
}
