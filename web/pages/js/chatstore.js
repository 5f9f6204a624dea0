// What the browser keeps of the customer's chat. The tabs of one origin share the conversation with its token, how far it was
// read, and words that are not known to have arrived: until the conversation ends, and no longer than half an hour without an
// open page. The words that she is about to write stay in the tab. Each thing has a key of its own, so that no tab overwrites
// what another one has just kept.
import { root } from './net.js';
import { Shelf } from './shelf.js';

const keptFor = 30 * 60 * 1000; // milliseconds without an open page
const signEvery = 60 * 1000; // an open page says that it is there

export class ChatStore {
  // told hears what another tab has done: begun() a conversation, forgotten() it, written() or sent words, read() them.
  constructor(bot, told) {
    this.key = `handoff.chat.${bot}${root.pathname === '/' ? '' : root.pathname}`; // other installations may share the origin
    this.told = told;
    this.shared = new Shelf(() => localStorage);
    this.own = new Shelf(() => sessionStorage);
    this.words = new SharedWords(this.shared, `${this.key}.word.`);
    const seen = Number(this.shared.get(`${this.key}.seen`) ?? Date.now());
    if (Date.now() - seen > keptFor) this.forget();
    this.conversation = this.stored; // this tab's: it stays when the stored one is dropped
    this.readTo = 0; // by this tab
    this.sign();
    setInterval(() => this.sign(), signEvery);
    window.addEventListener('pagehide', () => this.sign());
    window.addEventListener('storage', (e) => this.changed(e));
  }

  // stored is the conversation as all tabs have it: { id, token }.
  get stored() {
    const stored = this.shared.value(this.key);
    return stored?.token ? stored : undefined;
  }

  begin(conversation) {
    this.conversation = conversation;
    this.readTo = 0;
    this.shared.remove(`${this.key}.read`);
    this.shared.setValue(this.key, conversation);
    this.sign();
  }

  // adopt takes what another tab has begun.
  adopt() {
    if (this.stored.id !== this.conversation?.id) this.readTo = 0;
    this.conversation = this.stored;
  }

  // drop keeps the conversation on this page alone, to be read and rated: it is over, and no other page goes on with it.
  drop() {
    if (this.stored?.id !== this.conversation?.id) return;
    for (const key of [this.key, `${this.key}.read`, `${this.key}.seen`]) this.shared.remove(key);
    this.own.remove(this.key);
  }

  // forget leaves nothing in the browser. Other tabs are told by a last value.
  forget() {
    if (this.shared.get(this.key) !== null) this.shared.setValue(this.key, { forgotten: true });
    for (const key of [this.key, ...this.shared.keys(`${this.key}.`)]) this.shared.remove(key);
    this.own.remove(this.key);
    this.conversation = undefined;
    this.readTo = 0;
  }

  get draft() { return { name: '', text: '', ...this.own.value(this.key) }; }

  keepDraft(changes) { this.own.setValue(this.key, { ...this.draft, ...changes }); }

  get read() { return Math.max(this.readTo, Number(this.shared.get(`${this.key}.read`) ?? 0)); }

  keepRead(sequence) {
    if (sequence <= this.read) return;
    this.readTo = sequence;
    if (this.stored) this.shared.set(`${this.key}.read`, String(sequence));
  }

  // sign: a page is open. Before anything was said nothing is kept.
  sign() {
    if (this.stored || this.words.all().length > 0) this.shared.set(`${this.key}.seen`, String(Date.now()));
  }

  changed({ key, newValue }) {
    if (key === this.key) {
      if (newValue?.includes('"forgotten"')) this.told.forgotten();
      else if (this.stored && this.stored.id !== this.conversation?.id) this.told.begun();
    } else if (key === `${this.key}.read`) {
      this.told.read();
    } else if (key?.startsWith(this.words.prefix)) {
      this.told.written();
    }
  }
}

// SharedWords are the words of an outbox, one under each key.
class SharedWords {
  constructor(shelf, prefix) {
    this.shelf = shelf;
    this.prefix = prefix;
  }

  all() {
    const words = this.shelf.keys(this.prefix).map((key) => this.shelf.value(key)).filter((word) => word?.id);
    return words.sort((a, b) => a.written - b.written);
  }

  has(id) { return this.shelf.get(this.prefix + id) !== null; }

  put(word) { this.shelf.setValue(this.prefix + word.id, { written: performance.timeOrigin + performance.now(), ...word }); }

  drop(id) { this.shelf.remove(this.prefix + id); }
}
