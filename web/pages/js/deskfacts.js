// Who the customer is, and what the bot learned.
import { el, clockTime } from './dom.js';

export function factsOf(chat) {
  const { facts, c } = chat;
  const customer = { ...facts.customer, ...c.customer };
  const rows = [];
  const row = (name, value) => { if (value !== undefined && value !== '' && value !== null) rows.push(el('div', {}, el('dt', { dir: 'auto' }, name), el('dd', { dir: 'auto' }, String(value)))); };
  row('reason', facts.request.reason?.replaceAll('_', ' '));
  row('e-mail', customer.email);
  if (customer.authenticated) row('identity', 'checked by the bot');
  row('language', facts.language);
  row('skills', facts.request.skills?.join(', '));
  for (const [name, value] of Object.entries({ ...customer.attributes, ...facts.attributes })) row(name, value);
  row('id', customer.id);
  const made = [];
  if (facts.request.summary && facts.request.reason === 'asked_by_customer') made.push(el('p', { class: 'small soft' }, 'In the customer’s words:'));
  if (facts.request.summary) made.push(el('p', { class: 'summary', dir: 'auto' }, facts.request.summary));
  made.push(el('dl', {}, ...rows));
  if (facts.transcript.length > 0) made.push(transcript(facts.transcript, chat.customer));
  return made;
}

function transcript(turns, customer) {
  const names = { user: customer, bot: 'Bot', agent: 'Agent', system: 'System' };
  return el('details', { class: 'before' }, el('summary', {}, `Said before, ${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}`),
    el('ol', {}, ...turns.map((turn) => el('li', {}, el('b', {}, names[turn.role] ?? turn.role),
      turn.timestamp ? el('span', { class: 'soft' }, ` ${clockTime(turn.timestamp)}`) : null, el('p', { dir: 'auto' }, turn.text)))));
}
