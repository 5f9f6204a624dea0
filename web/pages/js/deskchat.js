// One chat at the desk: how it stands, what was said, and what its person has written and not sent.
import { write } from './dom.js';
import { Refused, Unreachable, rest, newID } from './net.js';
import { Kept, Outbox, WordList } from './outbox.js';
import { ChatView } from './deskview.js';
import { Log } from './desklog.js';
import { lossText, refusalText } from './deskrefusal.js';

const served = ['agent', 'conference', 'transferring'];
const typingPause = 3000; // milliseconds between two tellings that we type

export class Chat {
  constructor(desk, id, close) {
    this.desk = desk;
    this.id = id;
    this.close = () => { this.closed = true; this.kept.forget(); close(this); };
    this.c = undefined; // the conversation as it stands
    this.after = 0; // the last sequence that was read
    this.rungAt = ''; // whom it was offered or transferred to last
    this.note = ''; // what the colleague said who transfers it
    this.facts = { request: {}, attributes: {}, transcript: [] };
    this.heard = []; // sequences of what others have said
    this.lastWords = '';
    this.herWords = ''; // the customer's newest
    this.wordAfterEnd = ''; // what she has written since the chat ended
    this.toldState = ''; // the newest that the timeline tells
    this.typingText = '';
    this.lost = ''; // why it is not ours any more
    this.refusal = '';
    this.toldTyping = 0;
    this.kept = new Kept(() => localStorage, `handoff.desk.${desk.me}.${id}`,
      { draft: '', noting: false, outbox: [], wrap: { disposition: '', notes: '', tags: '' },
        opened: 0, read: 0, who: '', lost: '' }); // since when it is open here, how far it was read, and what is known once it is lost
    this.outbox = new Outbox(new WordList(this.kept), (word) => this.send(word), () => this.redraw());
    this.view = new ChatView(this);
    this.element = this.view.element;
    this.log = new Log(this, this.view.part('log'));
    this.redraw();
    this.outbox.run();
  }

  get known() { return this.c !== undefined; }

  get customer() { return this.c?.customer?.name || this.facts.customer?.name || this.kept.value.who || 'A customer'; }

  // unread is how much others have said since its person looked at the chat.
  get unread() {
    const { opened, read } = this.kept.value;
    return opened === 0 ? 0 : this.heard.filter((sequence) => sequence > read).length;
  }

  // me is what we are in the conversation: owner, guest, invited, or nothing.
  get me() { return this.c?.agents.find((one) => one.id === this.desk.me)?.role; }

  get rings() {
    if (!this.known || this.lost) return false;
    if (this.me === 'invited') return served.includes(this.c.state);
    return this.me === undefined && ['offered', 'transferring'].includes(this.c.state) && this.rungAt === this.desk.me;
  }

  get serving() { return !this.lost && served.includes(this.c?.state) && ['owner', 'guest'].includes(this.me); }

  get wrapping() { return !this.lost && this.c?.state === 'wrap_up' && this.me === 'owner'; }

  get open() { return this.serving || this.wrapping || (this.lost !== '' && this.shownOnce); }

  get ringKind() {
    if (this.me === 'invited') return 'invitation';
    return this.c.state === 'transferring' ? 'transfer' : 'new chat';
  }

  get ringWords() {
    if (this.me === 'invited') return `${this.desk.nameOf(this.c.agent?.id)} asks you to join.`;
    if (this.c.state === 'transferring') return `${this.c.agent?.name ?? 'A colleague'} passes it on${this.note ? `: ${this.note}` : '.'}`;
    return this.facts.request.summary || this.herWords || this.lastWords || this.c.queue?.name || '';
  }

  // refresh reads how the conversation stands and what is new in it; found is how it stands if that was asked already, null
  // if it is not ours. Told again meanwhile, it looks once more.
  async refresh(change, found) {
    if (change) this.change = change;
    if (this.reading || this.closed) { this.stale = true; return; }
    this.reading = true;
    for (let tries = 0; ;) {
      this.stale = false;
      try {
        const now = found === undefined ? await this.look() : found;
        found = undefined;
        if (now) {
          this.lost = '';
          if (this.kept.value.lost) this.kept.set({ lost: '' });
          await this.readOn();
          this.stand(now);
        } else {
          this.lose();
        }
      } catch (fault) {
        if (fault instanceof Refused) this.lose();
        else if (fault instanceof Unreachable) { await rest(tries++, fault.wait); continue; }
        else throw fault;
      }
      if (!this.stale || this.closed) break;
    }
    this.reading = false;
  }

  // look asks how it stands; undefined if it is not ours. While neither state nor epoch have changed it still is; else the list
  // of ours knows.
  async look() {
    const { change, c } = this;
    if ((this.serving || this.wrapping) && change?.state === c.state && change.epoch === c.epoch) {
      return (await this.desk.ask('GET', this.path())).body;
    }
    const { body } = await this.desk.ask('GET', '/v1/me/conversations');
    return body.items.find((one) => one.id === this.id);
  }

  async readOn() {
    for (;;) {
      const { body } = await this.desk.ask('GET', this.path(`/events?after=${this.after}`));
      for (const event of body.events) this.take(event);
      if (body.events.length === 0 && body.next === this.after) return;
      this.after = body.next;
    }
  }

  path(more = '') { return `/v1/conversations/${encodeURIComponent(this.id)}${more}`; }

  take(event) {
    if (event.sequence === undefined || event.sequence <= this.after) return;
    this.after = event.sequence;
    const { data } = event;
    if (data.request) Object.assign(this.facts, { request: data.request, transcript: data.transcript ?? this.facts.transcript });
    if (data.customer) this.facts.customer = { ...this.facts.customer, ...data.customer };
    if (data.language) this.facts.language = data.language;
    if (data.attributes) this.facts.attributes = { ...this.facts.attributes, ...data.attributes };
    if (event.type === 'conversation.offered') this.rungAt = data.agent?.id;
    if (event.type === 'conversation.transfer_requested') { this.rungAt = data.agent?.id; this.note = data.note ?? ''; }
    if (data.to_state) { this.toldState = data.to_state; this.wordAfterEnd = ''; }
    this.log.take(event);
    if (event.type === 'message.created') {
      this.outbox.seen(data.message.id);
      this.lastWords = data.message.text;
      if (data.author.role === 'user') this.hers(data);
      const ours = data.author.role === 'agent' && data.author.id === this.desk.me;
      if (!ours) this.heard.push(event.sequence);
    }
  }

  // hers: a word of the customer's.
  hers({ message, author }) {
    this.typing(author, 0);
    this.herWords = message.text;
    if (this.toldState === 'wrap_up') this.wordAfterEnd = message.text;
  }

  stand(now) {
    if (this.c && now.version < this.c.version) return;
    this.c = now;
    if (!this.rings && !this.serving && !this.wrapping) this.lose();
    else if (this.open) this.opens();
    this.redraw();
  }

  // opens: what was said before it was ours is not new.
  opens() {
    this.shownOnce = true;
    if (this.kept.value.opened === 0) this.kept.set({ opened: Date.now(), read: this.after });
  }

  read() {
    if (this.isCurrent && this.shownOnce && this.after > this.kept.value.read) this.kept.set({ read: this.after });
  }

  // lose: the chat is over for us. One that we had stays until it is put away, so that nothing vanishes under the hand.
  lose() {
    this.c ??= { agents: [], state: 'expired', version: 0, bot: '' };
    if (!this.shownOnce || this.completed) { this.lost ||= 'over'; this.close(); return; }
    const told = this.change?.version > this.c.version ? this.change : undefined; // of what has happened to it since
    if (told || !this.lost) this.lost = told ? lossText(told, this.c.state, this.desk) : this.kept.value.lost || lossText(this.c, '', this.desk);
    this.kept.set({ lost: this.lost, who: this.customer });
    this.redraw();
  }

  redraw() {
    if (!this.view || !this.log) return;
    this.read();
    this.log.unsent(this.outbox.words);
    this.view.redraw();
    this.desk.changed();
  }

  current(is) {
    this.isCurrent = is;
    this.read();
    this.view.current(is);
  }

  focus() { this.view.focus(); }

  typing(author, seconds) {
    clearTimeout(this.typingTimer);
    const text = seconds > 0 ? `${author.role === 'user' ? this.customer : author.name || author.id} is typing…` : '';
    if (seconds > 0) this.typingTimer = setTimeout(() => this.typing(author, 0), seconds * 1000);
    if (text === this.typingText) return;
    this.typingText = text;
    write(this.view.part('typing'), text);
    this.desk.changed();
  }

  tellTyping() {
    if (!this.serving || Date.now() - this.toldTyping < typingPause) return;
    this.toldTyping = Date.now();
    this.desk.ask('POST', this.path('/typing'), { typing: true }).catch(() => {}); // nothing is lost with one that fails
  }

  // say sends a word to the customer, or a note to colleagues. It quotes the epoch at which it was written: should the chat
  // change hands before it arrives, it is refused and not said in somebody else's chat.
  say(text, noting) {
    this.toldTyping = 0;
    this.outbox.add({ id: newID('d-'), text, noting, epoch: this.c.epoch });
  }

  async send(word) {
    const { version } = await (word.noting
      ? this.desk.ask('POST', this.path('/notes'), { text: word.text }, { 'Idempotency-Key': word.id })
      : this.desk.ask('POST', this.path('/messages'), { text: word.text, id: word.id, epoch: word.epoch }));
    if (version === this.c?.version + 1) this.c = { ...this.c, version }; // nothing but our own word has happened
    if (word.noting) this.outbox.drop(word.id); // the log shows notes without their id
  }

  // answer accepts what rings, or declines it.
  answer(accepted) {
    const transfer = this.c.state === 'transferring' && this.me === undefined ? '/transfer' : '';
    return this.insist(`${transfer}/${accepted ? 'accept' : 'decline'}`, () => this.rings);
  }

  // insist does what is right also when somebody has written meanwhile: once more, if it is still meant.
  async insist(action, meant) {
    return await this.act(action, {}, true) || (this.refused?.status === 412 && meant() && this.act(action, {}));
  }

  // act does something with the chat as it was looked at, and reports whether it was done. One that got no answer is
  // repeated: under the same version it is the same act.
  async act(action, body, quietly = false) {
    const headers = { 'If-Match': `"${this.c.version}"` };
    this.refused = undefined;
    this.refusal = '';
    for (let tries = 0; ; tries++) {
      try {
        const answer = await this.desk.ask('POST', this.path(action), body, headers);
        if (action === '/complete') this.completed = true;
        this.stand(answer.body);
        if (!this.closed && !this.lost) this.refresh();
        return true;
      } catch (fault) {
        if (fault instanceof Unreachable) { await rest(tries, fault.wait); continue; }
        if (!(fault instanceof Refused)) throw fault;
        this.refused = fault;
        this.refusal = refusalText(fault, this.desk);
        if (!quietly) this.view.refuse(this.refusal);
        await this.refresh();
        return false;
      }
    }
  }
}

