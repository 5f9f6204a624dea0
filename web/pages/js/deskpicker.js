// The canned replies: "/" at the beginning of an empty field opens the list, what follows narrows it down, arrows choose, Enter
// takes, Escape closes.
import { el, show } from './dom.js';

const longest = 8; // rows that are offered at once

export class Picker {
  constructor(chat, field) {
    this.chat = chat;
    this.field = field;
    this.opened = false;
    this.at = 0;
    this.replies = [];
    this.id = `canned-${chat.id}`;
    this.element = el('ul', { class: 'picker', role: 'listbox', id: this.id, 'aria-label': 'Canned replies', hidden: true });
    field.setAttribute('aria-controls', this.id);
    field.setAttribute('aria-autocomplete', 'list');
  }

  async typed() {
    const { value } = this.field;
    if (!value.startsWith('/') || value.includes('\n')) return this.close();
    let policy;
    try {
      policy = await this.chat.desk.flow(this.chat.c.flow);
    } catch {
      return this.close(); // not reachable: a slash is a slash
    }
    const sought = this.field.value.slice(1).toLowerCase();
    if (!this.field.value.startsWith('/')) return this.close();
    this.replies = policy.canned_replies.filter((one) => one.name.toLowerCase().includes(sought)
      || one.text.toLowerCase().includes(sought)).slice(0, longest);
    this.at = 0;
    return this.draw();
  }

  draw() {
    if (this.replies.length === 0) return this.close();
    this.opened = true;
    this.element.replaceChildren(...this.replies.map((reply, i) => el('li', {
      role: 'option', id: `${this.id}-${i}`, 'aria-selected': String(i === this.at),
      onmousedown: (e) => { e.preventDefault(); this.take(i); },
    }, el('b', { dir: 'auto' }, reply.name), el('span', { dir: 'auto' }, this.filled(reply.text)))));
    this.element.children[this.at].scrollIntoView({ block: 'nearest' });
    this.field.setAttribute('aria-activedescendant', `${this.id}-${this.at}`);
    return show(this.element, true);
  }

  filled(text) {
    return text.replaceAll('{customer}', () => this.chat.customer).replaceAll('{agent}', () => this.chat.desk.name);
  }

  close() {
    this.opened = false;
    this.field.removeAttribute('aria-activedescendant');
    show(this.element, false);
  }

  take(i) {
    const reply = this.replies[i];
    this.close();
    this.chat.view.put(this.filled(reply.text));
  }

  // key reports whether the list has used the key.
  key(e) {
    if (!this.opened) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      this.at = (this.at + step + this.replies.length) % this.replies.length;
      this.draw();
    } else if (e.key === 'Enter' || e.key === 'Tab') {
      this.take(this.at);
    } else if (e.key === 'Escape') {
      this.close();
    } else {
      return false;
    }
    e.preventDefault();
    return true;
  }
}
