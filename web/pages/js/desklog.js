// What was said in a chat, with the steps that matter to whoever serves it, and the words that are not sent yet.
import { el, clockTime, stick, attachments } from './dom.js';
import { refusalText } from './deskrefusal.js';

// requests are those that the bot did not make, by their reason.
const requests = {
  asked_by_customer: 'The customer asked for a person', asked_by_person: 'A colleague asked for a person',
  sent: 'A colleague sent it on', bot_failed: 'The bot does not answer: a person was asked for',
};

const queued = ({ reason, queue }) => (['overflowed', 'requeued', 'agent_gone'].includes(reason) ? `Waiting again, in the queue ${queue}`
  : requests[reason] ?? 'The bot asked for a person');

export class Log {
  constructor(chat, element) {
    this.chat = chat;
    this.element = element;
    this.drawn = '';
    this.end = stick(element);
  }

  take({ type, data, timestamp, why }) {
    const name = (agent) => agent?.name || this.chat.desk.nameOf(agent?.id);
    switch (type) {
      case 'message.created': return this.word(data, timestamp);
      case 'conversation.note': return this.noted(data.note, why?.actor ?? data.author, timestamp);
      case 'conversation.offered': return undefined;
      case 'handoff.queued': return this.step(queued(data), timestamp);
      case 'handoff.accepted': return this.step(`${name(data.agent)} took the chat`, timestamp);
      case 'conversation.transfer_requested':
        this.step(`It rings at ${name(data.agent)}`, timestamp);
        return data.note ? this.noted(data.note, why?.actor, timestamp) : undefined;
      case 'conversation.transfer_failed': return this.step('The transfer was not accepted', timestamp);
      case 'handoff.transferred': return this.step(data.to?.queue ? `Passed on to the queue ${data.to.queue}` : `${name(data.agent)} has it now`, timestamp);
      case 'conversation.invited': return this.step(`${name(data.agent)} was asked to join`, timestamp);
      case 'conversation.agent_joined': return this.step(`${name(data.agent)} joined`, timestamp);
      case 'conversation.agent_left': return this.step(`${name(data.agent)} left`, timestamp);
      case 'conversation.idle_warned': return this.step('The customer was warned that the chat will close', timestamp);
      case 'handoff.ended': return this.step(data.ended_by === 'user' ? 'The customer left' : 'The chat ended for the customer', timestamp);
      case 'message.delivery_failed': return this.step('A word could not be delivered', timestamp, true);
      case 'conversation.rated': return this.step(`The customer rated it ${data.rating} of 5`, timestamp);
    }
    return undefined;
  }

  word({ message, author }, at) {
    const from = author.role === 'agent' && author.id === this.chat.desk.me ? 'me' : author.role;
    const by = { me: 'You', user: this.chat.customer, bot: 'Bot', system: '' }[from] ?? (author.name || author.id || 'Desk');
    this.append(el('div', { class: 'say', 'data-from': from }, by && el('span', { class: from === 'me' ? 'hush' : 'by', dir: 'auto' }, by),
      el('p', { dir: 'auto' }, message.text, ...attachments(message)), el('span', { class: 'at' }, clockTime(at))));
  }

  noted(text, actor, at) {
    this.append(el('div', { class: 'say note', 'data-from': 'note' }, el('span', { class: 'by' }, `Note by ${actor?.name || actor?.id || 'a colleague'}`),
      el('p', { dir: 'auto' }, text), el('span', { class: 'at' }, clockTime(at))));
  }

  step(text, at, bad = false) {
    this.append(el('p', { class: bad ? 'told wrong' : 'told' }, `${text} · ${clockTime(at)}`));
  }

  append(element) {
    this.element.insertBefore(element, this.element.querySelector('[data-unsent]'));
    this.end.grown();
  }

  toEnd() { this.end.toEnd(); }

  // unsent shows the words of the outbox below all others.
  unsent(words) {
    const now = JSON.stringify(words);
    if (now === this.drawn) return;
    this.drawn = now;
    for (const old of this.element.querySelectorAll('[data-unsent]')) old.remove();
    for (const word of words) {
      const refused = word.state === 'refused';
      const one = el('div', { class: 'say', 'data-from': word.noting ? 'note' : 'me', 'data-unsent': word.state },
        el('span', { class: 'hush' }, 'You'), el('p', { dir: 'auto' }, word.text),
        el('span', { class: refused ? 'at wrong' : 'at' }, refused
          ? `Not sent. ${refusalText({ status: word.status, problem: word.why }, this.chat.desk)}` : 'sending…'));
      if (refused) {
        one.append(el('span', { class: 'row' },
          el('button', { class: 'quiet', type: 'button', onclick: () => this.chat.view.takeBack(word) }, 'Take back'),
          el('button', { class: 'quiet', type: 'button', onclick: () => this.chat.outbox.drop(word.id) }, 'Put away')));
      }
      this.element.append(one);
    }
    if (words.length > 0) this.toEnd();
  }
}
