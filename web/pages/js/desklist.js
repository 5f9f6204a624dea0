// The side of the desk: a card for each chat that rings, and a tab for each that is open.
import { el, icon, write, show, span, now } from './dom.js';

// until is a moment that clock.js counts down to.
export function until(at) {
  const left = el('time', {});
  left.setUntil = (moment) => {
    const ms = String(Date.parse(moment ?? '') || 0);
    show(left, ms !== '0');
    if (left.dataset.until === ms) return;
    left.dataset.until = ms;
    write(left, span(Number(ms) - now()));
  };
  left.setUntil(at);
  return left;
}

// ringCard is a chat that rings at us: an offer, a transfer or an invitation.
export function ringCard(chat, answered) {
  const name = el('b', { dir: 'auto' });
  const about = el('p', { class: 'small', dir: 'auto' });
  const kind = el('span', { class: 'eyebrow' });
  const left = until();
  const line = el('p', { class: 'small wrong', role: 'alert', hidden: true });
  const answer = async (accepted) => {
    for (const button of [yes, no]) button.disabled = true;
    const done = await chat.answer(accepted);
    for (const button of [yes, no]) button.disabled = false;
    write(line, done ? '' : chat.refusal);
    show(line, !done);
    if (done) answered(accepted);
  };
  const yes = el('button', { class: 'primary', type: 'button', onclick: () => answer(true) }, icon('up'), 'Accept');
  const no = el('button', { type: 'button', onclick: () => answer(false) }, 'Decline');
  const card = el('li', { class: 'ring', 'data-id': chat.id }, el('div', { class: 'top' }, kind, left), name, about, line,
    el('div', { class: 'row' }, yes, no));
  card.redraw = () => {
    write(name, chat.customer);
    write(kind, chat.ringKind);
    write(about, chat.ringWords);
    yes.setAttribute('aria-label', `Accept ${chat.customer}`);
    no.setAttribute('aria-label', `Decline ${chat.customer}`);
    left.setUntil(chat.c.deadline);
  };
  return card;
}

// tab is an open chat in the list of ours.
export function tab(chat, choose) {
  const name = el('span', { class: 'name', dir: 'auto' });
  const last = el('span', { class: 'last', dir: 'auto' });
  const unread = el('span', { class: 'unread', hidden: true });
  const mark = el('span', { class: 'state' });
  const button = el('button', { type: 'button', onclick: choose }, mark, name, unread, last);
  const item = el('li', { 'data-id': chat.id }, button);
  let drawn = '';
  item.redraw = () => {
    write(name, chat.customer);
    write(last, chat.typingText || chat.lastWords);
    const state = chat.lost ? 'completed' : chat.c.state;
    if (drawn !== state) mark.replaceChildren(icon(state));
    drawn = state;
    mark.dataset.state = state;
    if (chat.isCurrent) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
    show(unread, chat.unread > 0);
    write(unread, chat.unread > 0 ? `${chat.unread} new` : '');
  };
  return item;
}
