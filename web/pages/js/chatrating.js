// Asks the customer how it was, once, and offers to begin anew.
import { el, show, write } from './dom.js';
import { Refused } from './net.js';
import { say } from './chatwords.js';

const names = ['', say('stars_1'), say('stars_2'), say('stars_3'), say('stars_4'), say('stars_5')];

export class Rating {
  // send(given) sends { rating, comment }; again() begins a new chat.
  constructor(panel, send, again) {
    this.panel = panel;
    this.form = panel.querySelector('form');
    this.thanks = panel.querySelector('[data-part=thanks]');
    this.again = panel.querySelector('[data-part=again]');
    this.comment = this.form.querySelector('textarea');
    const stars = this.form.querySelector('[data-part=stars]');
    for (let n = 1; n <= 5; n++) {
      stars.append(el('label', {}, el('input', { type: 'radio', name: 'rating', value: n, required: true, class: 'hush' }),
        el('span', { 'aria-hidden': 'true' }, '★'), el('span', { class: 'hush' }, `${n}: ${names[n]}`)));
    }
    stars.addEventListener('change', () => show(this.comment.parentElement, true));
    this.form.addEventListener('submit', (e) => { e.preventDefault(); this.submit(send); });
    this.again.addEventListener('click', again);
  }

  // show: the panel stands there when the chat is over for her; over: for everybody; served: a person was there.
  show(shown, over = false, served = false) {
    if (!shown) {
      this.form.reset();
      this.done = false;
      show(this.comment.parentElement, false);
      show(this.thanks, false);
    }
    show(this.panel, shown);
    show(this.form, shown && served && !this.done);
    show(this.again, over);
  }

  given(rating) {
    this.done = true;
    write(this.thanks, say('rated', { n: rating }));
    show(this.form, false);
    show(this.thanks, true);
  }

  async submit(send) {
    const rating = Number(new FormData(this.form).get('rating'));
    const button = this.form.querySelector('button');
    button.disabled = true;
    try {
      await send({ rating, comment: this.comment.value.trim() });
      this.given(rating);
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault;
      write(this.thanks, say('not_taken', { why: fault.message }));
      show(this.thanks, true);
    }
    button.disabled = false;
  }
}
