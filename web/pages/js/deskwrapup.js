// The after-call work: what it was about, tags, and notes. What is filled in is kept until it is sent.
import { el, show, write } from './dom.js';

export class WrapUp {
  constructor(chat) {
    this.chat = chat;
    const kept = chat.kept.value.wrap;
    this.choices = el('div', { class: 'choices' });
    this.legend = el('legend', {}, 'What was it about?');
    this.notes = el('textarea', { rows: '3', maxlength: chat.desk.maxText, dir: 'auto', oninput: () => this.keep() });
    this.notes.value = kept.notes;
    this.tags = el('input', { autocomplete: 'off', dir: 'auto', oninput: () => this.keep() });
    this.tags.value = kept.tags ?? '';
    this.word = el('p', { dir: 'auto' });
    this.reopen = el('button', { type: 'button', onclick: () => this.goOn() }, 'Reopen chat');
    this.after = el('div', { class: 'after', role: 'status', hidden: true },
      el('p', { class: 'small' }, 'The customer wrote after the end:'), this.word, this.reopen);
    this.button = el('button', { class: 'primary' }, 'Complete');
    this.element = el('form', { class: 'wrap stack', hidden: true, onsubmit: (e) => { e.preventDefault(); this.submit(); } },
      el('p', { class: 'small soft' }, 'The chat is over for the customer. You still have the after-call work.'),
      this.after, el('fieldset', {}, this.legend, this.choices), el('label', {}, 'Tags, with commas between them', this.tags),
      el('label', {}, 'Notes', this.notes), el('div', { class: 'row' }, this.button));
  }

  get disposition() { return this.choices.querySelector('input:checked')?.value ?? ''; }

  keep() { this.chat.kept.set({ wrap: { disposition: this.disposition, notes: this.notes.value, tags: this.tags.value } }); }

  // focus waits for the choices, unless its person has gone elsewhere meanwhile.
  async focus() {
    const from = document.activeElement;
    await this.filled;
    if ([from, document.body].includes(document.activeElement)) (this.choices.querySelector('input') ?? this.notes).focus();
  }

  redraw() {
    show(this.element, this.chat.wrapping);
    show(this.after, this.chat.wordAfterEnd !== '' && this.chat.c?.controller !== 'bot');
    write(this.word, this.chat.wordAfterEnd);
    if (this.chat.wrapping && !this.asked) this.filled = this.fill();
  }

  async fill() {
    this.asked = true;
    let policy;
    try {
      policy = await this.chat.desk.flow(this.chat.c.flow);
    } catch {
      this.asked = false; // the next change asks again
      return;
    }
    write(this.legend, policy.disposition_required ? 'What was it about?' : 'What was it about, if you like?');
    const name = `disposition-${this.chat.id}`;
    const kept = this.chat.kept.value.wrap.disposition;
    this.choices.replaceChildren(...policy.dispositions.map((one) => el('label', {},
      el('input', { type: 'radio', name, value: one, required: policy.disposition_required, checked: one === kept, onchange: () => this.keep() }),
      one.replaceAll('_', ' '))));
    show(this.choices.parentElement, policy.dispositions.length > 0);
  }

  // goOn: the person serves the customer again. What is filled in stays for the next end.
  async goOn() {
    this.reopen.disabled = true;
    await this.chat.act('/reopen', {});
    this.reopen.disabled = false;
  }

  async submit() {
    this.button.disabled = true;
    const body = { notes: this.notes.value.trim() };
    if (this.disposition !== '') body.disposition = this.disposition;
    const tags = new Set(this.tags.value.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''));
    if (tags.size > 0) body.tags = [...tags];
    await this.chat.act('/complete', body);
    this.button.disabled = false;
  }
}
