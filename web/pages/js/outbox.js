// Keeps words that are not known to have arrived, in the browser's storage, and sends them one after the other. A word
// has its id from the beginning: however often it is sent, it is one word. It leaves when the timeline shows it.
import { Refused, Unreachable, rest } from './net.js';
import { Shelf } from './shelf.js';

// Kept is a value in a storage that outlives a reload. A browser that forbids storage keeps it in memory.
export class Kept {
  constructor(storage, key, standby) {
    this.shelf = new Shelf(storage);
    this.key = key;
    this.value = { ...standby, ...this.shelf.value(key) };
  }

  set(changes) {
    Object.assign(this.value, changes);
    this.shelf.setValue(this.key, this.value);
  }

  forget() { this.shelf.remove(this.key); }
}

// WordList keeps the words of an outbox in kept.value.outbox, for pages that do not share them with other tabs.
export class WordList {
  constructor(kept) { this.kept = kept; }

  all() { return this.kept.value.outbox; }

  has(id) { return this.all().some((word) => word.id === id); }

  put(word) {
    const replaced = this.all().map((one) => (one.id === word.id ? word : one));
    this.kept.set({ outbox: this.has(word.id) ? replaced : [...this.all(), word] });
  }

  drop(id) { this.kept.set({ outbox: this.all().filter((word) => word.id !== id) }); }
}

// Outbox sends the words of a list in their order: all(), has(id), put(word), drop(id). send(word) is one try; changed() is told
// whenever something changed; alone(drain) calls drain while no other tab sends.
export class Outbox {
  constructor(list, send, changed, alone = (drain) => drain()) {
    this.list = list;
    this.send = send;
    this.changed = changed;
    this.alone = alone;
    this.running = false;
  }

  get words() { return this.list.all(); }

  get next() { return this.words.find((word) => word.state === 'waiting'); }

  add(word) {
    this.list.put({ ...word, state: 'waiting' });
    this.changed();
    this.run();
  }

  // seen: the timeline has the word.
  seen(id) {
    if (!this.list.has(id)) return;
    this.list.drop(id);
    this.changed();
  }

  drop(id) { this.seen(id); }

  mark(word, changes) {
    if (!this.list.has(word.id)) return;
    this.list.put({ ...word, ...changes });
    this.changed();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    try {
      while (this.next) await this.alone(() => this.drain());
    } finally {
      this.running = false;
    }
  }

  async drain() {
    for (let tries = 0, word; (word = this.next);) {
      try {
        await this.send(word);
        this.mark(word, { state: 'sent' });
        tries = 0;
      } catch (fault) {
        if (fault instanceof Refused) this.mark(word, { state: 'refused', why: fault.problem, status: fault.status });
        else if (fault instanceof Unreachable) await rest(tries++, fault.wait);
        else throw fault;
      }
    }
  }
}
