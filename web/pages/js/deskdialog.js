// Asks before something is done with a chat: to whom, why, or whether. One dialog serves all of them.
import { el, write, show } from './dom.js';

// ask opens the dialog with fields; done(form) answers what is to be done, or nothing where that did not work.
function ask(chat, title, fields, doIt, done) {
  const { dialog } = chat.desk;
  const wrong = el('p', { class: 'small wrong', role: 'alert', hidden: true });
  const go = el('button', { class: 'primary' }, doIt);
  const form = el('form', { class: 'stack' }, el('h2', { id: 'ask-title' }, title), ...fields, wrong,
    el('div', { class: 'row' }, go, el('button', { type: 'button', onclick: leave }, 'Leave it')));
  function leave() {
    dialog.close();
    restoreCaret(); // not only once "close" is told: keys may come before
  }
  let busy = false; // a button that is disabled would lose the focus
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    if (busy) return undefined;
    busy = true;
    const ok = await done(new FormData(form));
    busy = false;
    if (ok) {
      leave();
      return chat.view.settle();
    }
    write(wrong, chat.refusal);
    return show(wrong, true);
  });
  dialog.replaceChildren(form);
  dialog.addEventListener('close', restoreCaret, { once: true }); // by the Escape key
  dialog.showModal();
}

// restoreCaret: a dialog that closes gives the focus back to where it was, but Chromium does not give back the caret. A field
// with the focus and without a caret hears keys and writes nothing.
function restoreCaret() {
  const field = document.activeElement;
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.selectionStart, field.selectionEnd);
}

const readiness = (one) => {
  if (one.state !== 'online') return one.state;
  return one.busy < one.capacity ? 'ready' : 'busy';
};
const order = ['ready', 'busy', 'away', 'offline'];

// whom lists colleagues, those who are ready first, and queues with people. Who cannot take it cannot be chosen, and it says why.
async function whom(chat) {
  const people = (await chat.desk.people()).filter((one) => one.id !== chat.desk.me && one.role !== 'admin')
    .sort((a, b) => order.indexOf(readiness(a)) - order.indexOf(readiness(b)));
  const queues = [...new Set(people.flatMap((one) => one.queues))].sort();
  const inIt = chat.c.agents.map((one) => one.id);
  const choice = (value, name, about, disabled = false) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: 'to', value, required: true, disabled }), el('span', { dir: 'auto' }, name), el('span', { class: 'soft', 'data-ready': about }, about));
  const seats = (one) => (readiness(one) === 'busy' ? `busy, ${one.busy} of ${one.capacity}` : one.reason ? `${one.state}: ${one.reason}` : readiness(one));
  const ready = (queue) => people.filter((one) => one.queues.includes(queue) && readiness(one) === 'ready').length;
  return [el('fieldset', { class: 'whom' }, el('legend', {}, 'To whom?'),
    ...people.map((one) => choice(`agent:${one.id}`, one.name, inIt.includes(one.id) ? 'in it already' : seats(one),
      inIt.includes(one.id) || readiness(one) !== 'ready')),
    ...queues.map((queue) => choice(`queue:${queue}`, `Queue ${queue}`, `${ready(queue)} ready`)))];
}

// target reads a choice: { agent } or { queue }.
function target(form) {
  const [kind, ...name] = form.get('to').split(':');
  return { [kind]: name.join(':') };
}

async function askWhom(chat, title, doIt, more, done) {
  let fields;
  try {
    fields = await whom(chat);
  } catch {
    return chat.view.refuse('Who is there cannot be asked now. Try again in a moment.');
  }
  return ask(chat, title, [...fields, ...more], doIt, done);
}

const noteField = () => el('label', {}, 'A word for them, if you like', el('textarea', { name: 'note', rows: '2', maxlength: '1000', dir: 'auto' }));

export const askTransfer = (chat) => askWhom(chat, `Transfer ${chat.customer}`, 'Transfer', [noteField()], (form) => {
  const note = form.get('note').trim();
  return chat.act('/transfer', note === '' ? { to: target(form) } : { to: target(form), note });
});

export const askInvite = (chat) => askWhom(chat, `Invite somebody to join you and ${chat.customer}`, 'Invite', [],
  (form) => chat.act('/invite', target(form)));

export const askReturn = (chat) => ask(chat, `Give ${chat.customer} back to the bot`,
  [el('label', {}, 'Why? The bot is told.', el('input', { name: 'reason', required: true, maxlength: '256', autocomplete: 'off', dir: 'auto' }))],
  'Give back', (form) => chat.act('/return-to-bot', { reason: form.get('reason').trim() }));

export const askEnd = (chat) => ask(chat, `End the chat with ${chat.customer}?`,
  [el('p', {}, 'The customer is told that it is over. You keep the after-call work.')], 'End the chat', () => chat.act('/end', {}));
