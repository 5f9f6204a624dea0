// Draws one chat of the desk: who it is with, what the bot learned, the log, and what its person can do.
import { el, icon, write, show, grow } from './dom.js';
import { until } from './desklist.js';
import { factsOf } from './deskfacts.js';
import { Picker } from './deskpicker.js';
import { WrapUp } from './deskwrapup.js';
import { askTransfer, askInvite, askReturn, askEnd } from './deskdialog.js';

export class ChatView {
  constructor(chat) {
    this.chat = chat;
    this.parts = {};
    this.element = el('section', { class: 'chat', 'data-id': chat.id });
    const part = (name, element) => (this.parts[name] = element);
    const button = (name, text, press, kind = '') => part(name, el('button', { type: 'button', class: kind, onclick: press }, text));
    this.element.append(
      el('header', {},
        el('div', { class: 'top' }, part('name', el('h2', { dir: 'auto' })), part('state', el('span', { class: 'state' })), part('left', until())),
        part('people', el('p', { class: 'small soft' }))),
      part('facts', el('details', { class: 'facts-of', open: window.innerWidth > 768 }, el('summary', {}, 'What is known'), part('known', el('div', {})))),
      part('log', el('div', { class: 'log', role: 'log', tabindex: '0', 'aria-live': 'off' })),
      part('typing', el('p', { class: 'typing' })),
      part('refusal', el('p', { class: 'notice bad', role: 'alert', hidden: true })),
      part('lost', el('div', { class: 'notice', hidden: true }, el('div', {}, part('why', el('span', {})),
        part('unsent', el('div', { class: 'unsent-draft', hidden: true }, el('span', { class: 'small' }, 'You had not sent this:'),
          part('draft', el('p', { dir: 'auto' })), button('copy', 'Copy', () => this.copyDraft())))), button('away', 'Put away', chat.close))),
      part('composer', el('form', { class: 'composer', onsubmit: (e) => { e.preventDefault(); this.submit(); } },
        el('div', { class: 'row doings' },
          part('note', el('label', { class: 'switch' }, el('input', { type: 'checkbox', onchange: (e) => this.noting(e.target.checked) }), icon('note'), 'Note')),
          button('transfer', 'Transfer', () => askTransfer(chat)), button('invite', 'Invite', () => askInvite(chat)),
          button('callOff', 'Call the transfer off', () => chat.insist('/transfer/decline', () => chat.c.state === 'transferring')),
          button('back', 'To the bot', () => askReturn(chat)), button('leave', 'Leave', () => chat.insist('/leave', () => chat.serving)),
          button('end', 'End', () => askEnd(chat), 'danger')),
        el('div', { class: 'field' }, part('words', el('textarea', { rows: '1', maxlength: chat.desk.maxText, dir: 'auto' })),
          el('button', { class: 'primary', 'aria-label': 'Send' }, icon('arrow'))))));
    this.wrap = new WrapUp(chat);
    this.element.append(this.wrap.element);
    const words = this.parts.words;
    words.value = chat.kept.value.draft;
    this.picker = new Picker(chat, words);
    words.before(this.picker.element);
    words.addEventListener('input', () => this.typed());
    words.addEventListener('keydown', (e) => {
      if (this.picker.key(e)) return;
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.submit(); }
    });
    this.parts.note.querySelector('input').checked = chat.kept.value.noting;
    this.noting(chat.kept.value.noting);
    grow(words);
  }

  part(name) { return this.parts[name]; }

  // focus goes to where its person works: the field, the form after the chat, or the way out of one that is lost.
  focus() {
    if (this.chat.wrapping) this.wrap.focus();
    else (this.chat.serving ? this.parts.words : this.parts.away).focus();
  }

  // settle gives the focus to what is open in place of what has been closed.
  settle() {
    const at = document.activeElement;
    if (at === document.body || !at.checkVisibility()) this.focus(); // browsers take the focus from what is hidden a moment later
  }

  async copyDraft() {
    await navigator.clipboard.writeText(this.chat.kept.value.draft);
    write(this.parts.copy, 'Copied');
  }

  typed() {
    const words = this.parts.words;
    grow(words);
    this.chat.kept.set({ draft: words.value });
    this.picker.typed();
    if (words.value !== '' && !this.picker.opened && !this.chat.kept.value.noting) this.chat.tellTyping();
  }

  // put replaces what is written.
  put(text) {
    this.parts.words.value = text;
    this.typed();
    this.parts.words.focus();
  }

  noting(is) {
    this.chat.kept.set({ noting: is });
    this.parts.composer.toggleAttribute('data-noting', is);
    this.parts.words.placeholder = is ? 'A note for colleagues only…' : 'Write, or / for canned replies…';
    this.parts.words.setAttribute('aria-label', is ? 'Note for colleagues' : 'Message to the customer; a slash opens the canned replies');
  }

  submit() {
    const text = this.parts.words.value.trim();
    if (text === '' || !this.chat.serving) return;
    this.refuse('');
    this.chat.say(text, this.chat.kept.value.noting);
    this.put('');
  }

  takeBack(word) {
    this.chat.outbox.drop(word.id);
    this.put(word.text + (this.parts.words.value && '\n' + this.parts.words.value));
  }

  refuse(text) {
    write(this.parts.refusal, text);
    show(this.parts.refusal, text !== '');
  }

  current(is) {
    this.element.toggleAttribute('data-current', is);
    this.parts.log.setAttribute('aria-live', is ? 'polite' : 'off'); // several chats at once would talk over each other
  }

  redraw() {
    const { chat, parts } = this;
    if (!chat.known) return;
    const { c } = chat;
    const worked = parts.composer.contains(document.activeElement) || this.wrap.element.contains(document.activeElement);
    write(parts.name, chat.customer);
    this.element.setAttribute('aria-label', `Chat with ${chat.customer}`);
    this.element.dataset.state = c.state;
    this.element.toggleAttribute('data-lost', chat.lost !== '');
    parts.log.setAttribute('aria-label', `What was said with ${chat.customer}`);
    const state = chat.lost ? 'lost' : c.state;
    if (parts.state.dataset.state !== state) {
      parts.state.dataset.state = state;
      parts.state.replaceChildren(icon(chat.lost ? 'completed' : c.state), stateNames[state] ?? state);
    }
    const counts = ['transferring', 'wrap_up'].includes(c.state) && !chat.lost;
    parts.left.setUntil(counts ? c.deadline : '');
    write(parts.people, people(chat));
    const known = JSON.stringify(chat.facts) + chat.customer;
    if (known !== this.knownDrawn) parts.known.replaceChildren(...factsOf(chat));
    this.knownDrawn = known;
    show(parts.composer, chat.serving);
    const owns = chat.me === 'owner';
    show(parts.transfer, owns && c.state !== 'transferring');
    show(parts.invite, c.state !== 'transferring');
    show(parts.callOff, owns && c.state === 'transferring');
    show(parts.back, owns);
    show(parts.end, owns);
    show(parts.leave, c.state === 'conference');
    show(parts.lost, chat.lost !== '');
    write(parts.why, chat.lost);
    show(parts.copy, navigator.clipboard !== undefined); // browsers have none where the connection is not secure
    show(parts.unsent, chat.lost !== '' && chat.kept.value.draft !== '');
    write(parts.draft, chat.kept.value.draft);
    this.wrap.redraw();
    if (worked) this.settle();
  }
}

const stateNames = { agent: 'serving', conference: 'conference', transferring: 'transferring', wrap_up: 'wrap-up', completed: 'over',
  abandoned: 'over', expired: 'over', lost: 'no longer yours', bot: 'with the bot', queued: 'waiting', offered: 'ringing' };

function people(chat) {
  const { c } = chat;
  const others = c.agents.filter((one) => one.id !== chat.desk.me)
    .map((one) => (one.role === 'invited' ? `${one.name} (asked to join)` : one.name));
  const parts = [c.queue?.name, c.bot && `bot ${c.bot}`];
  if (c.state === 'transferring') parts.push(`rings at ${chat.desk.nameOf(chat.rungAt)}`);
  if (others.length > 0) parts.push(`with ${others.join(', ')}`);
  return parts.filter(Boolean).join(' · ');
}
