// What was said in the customer's chat, who types, and below it the words that are not sent yet.
import { el, write, clockTime, stick, attachments } from './dom.js';
import { say } from './chatwords.js';

export class ChatLog {
  // takeBack(word) puts a word that was refused into the field again.
  constructor(log, typing, takeBack) {
    this.log = log;
    this.typing = typing;
    this.takeBack = takeBack;
    this.shown = new Map(); // the words in the log, by id
    this.end = stick(log);
  }

  // announces: what was said before is read, and not announced.
  announces(is) { this.log.setAttribute('aria-live', is ? 'polite' : 'off'); }

  clear() {
    this.stopTyping();
    this.shown.clear();
    this.log.replaceChildren();
  }

  // said reports whether the word is new.
  said(message, author, at) {
    if (this.shown.has(message.id)) return false;
    const mine = author.role === 'user';
    if (!mine) this.stopTyping();
    const one = bubble(mine ? 'me' : author.role, mine ? say('you') : speaker(author), message.text, clockTime(at), attachments(message));
    this.shown.set(message.id, one);
    this.log.insertBefore(one, this.log.querySelector('[data-unsent]'));
    if (mine) this.end.toEnd();
    else this.end.grown();
    return true;
  }

  // undelivered marks a word of hers that did not arrive.
  undelivered(id) {
    const one = this.shown.get(id);
    if (!one?.matches('[data-from=me]:not([data-undelivered])')) return;
    one.dataset.undelivered = '';
    one.querySelector('.at').append(el('b', { class: 'wrong' }, ` · ${say('undelivered')}`));
  }

  // readByPeople: whoever comes reads all that was said.
  readByPeople() {
    for (const one of this.log.querySelectorAll('[data-undelivered]')) {
      delete one.dataset.undelivered;
      one.querySelector('.at b').remove();
    }
  }

  // unsent shows the words of the outbox below all others.
  unsent(words) {
    for (const old of this.log.querySelectorAll('[data-unsent]')) old.remove();
    for (const word of words) {
      if (this.shown.has(word.id)) continue;
      const refused = word.state === 'refused';
      const one = bubble('me', say('you'), word.text, refused ? say('unsent') : say('sending'));
      one.dataset.unsent = word.state;
      if (refused) one.append(el('button', { class: 'quiet', type: 'button', onclick: () => this.takeBack(word) }, say('take_back')));
      this.log.append(one);
    }
    if (words.length > 0) this.end.toEnd();
  }

  startTyping(author, seconds) {
    clearTimeout(this.timer);
    write(this.typing, say('types', { name: speaker(author) || say('somebody') }));
    this.typing.dataset.on = '';
    this.timer = setTimeout(() => this.stopTyping(), seconds * 1000);
  }

  stopTyping() {
    clearTimeout(this.timer);
    write(this.typing, '');
    delete this.typing.dataset.on;
  }
}

const speaker = (author) => ({ bot: say('assistant'), system: '' }[author.role] ?? (author.name || author.id || say('colleague')));

function bubble(from, by, text, foot, more = []) {
  return el('div', { class: 'say', 'data-from': from }, by && el('span', { class: from === 'me' ? 'hush' : 'by', dir: 'auto' }, by),
    el('p', { dir: 'auto' }, text, ...more), el('span', { class: 'at' }, foot));
}
