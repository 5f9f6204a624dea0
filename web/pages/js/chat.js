// The customer's chat: begins a conversation with the first word, shows what is said, where she stands in line and who
// serves, and keeps unsent words. Its token stays in this tab.
import { el, icon, write, show, clockTime, grow, stick, attachments } from './dom.js';
import { call, newID, rest, Refused, Unreachable } from './net.js';
import { Kept, Outbox } from './outbox.js';
import { Feed } from './feed.js';
import { Rating } from './chatrating.js';
import { say } from './chatwords.js';

const page = document.getElementById('chat');
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const log = part('log');
const end = stick(log);
const composer = part('composer');
const field = part('words');
const typing = part('typing');
const live = ['bot', 'queued', 'offered', 'agent', 'conference', 'transferring', 'wrap_up'];
const typingPause = 3000; // milliseconds between two tellings that she types

const kept = new Kept(() => sessionStorage, `handoff.chat.${page.dataset.bot}`,
  { id: '', token: '', user: newID('web-'), name: '', draft: '', outbox: [] });
let conversation; // as it stands; undefined before it begins
let feed;
let shown = new Set(); // ids of words in the log
let typingTimer = 0;
let toldTyping = 0;
let lookTimer = 0;
let looks = 0; // how often it was looked how the conversation stands
let told = 0; // how often the feed has told how she waits
const lookEvery = Number(page.dataset.lookEvery); // milliseconds between two signs of life; 0: the feed is enough

// In a frame, the widget of the page around it opens and closes the chat, and counts what comes while it is closed. It is
// told that something happened, and never what: that page is one of the bot's origins, and no more.
const framed = window.parent !== window;
const tell = (what) => framed && window.parent.postMessage({ handoff: what }, '*');

const outbox = new Outbox(kept, send, showOutbox);
const rating = new Rating(part('rating'), (given) => act('/rating', given), again);

const path = (rest = '') => `/v1/conversations/${encodeURIComponent(kept.value.id)}${rest}`;
const headers = () => ({ Authorization: `Bearer ${kept.value.token}` });

// send is one try to send a word; the first one begins the conversation.
async function send(word) {
  if (kept.value.token === '') await begin();
  const { body } = await call('POST', path('/messages'), { headers: headers(), body: { text: word.text, id: word.id } });
  return body;
}

async function begin() {
  const { body } = await call('POST', '/v1/conversations', {
    body: { bot: page.dataset.bot, user: { id: kept.value.user, name: kept.value.name }, language: page.dataset.language },
  });
  kept.set({ id: body.id, token: body.conversation_token });
  stand(body);
  listen();
}

function listen() {
  log.setAttribute('aria-live', 'off'); // what was said before is read, not announced
  feed = new Feed(path('/events'), kept.value.token, 0, {
    event, linked, gone,
    caughtUp() {
      look();
      log.setAttribute('aria-live', 'polite');
    },
  });
  feed.run();
}

// look asks how the conversation stands; each look is also a sign of life of this client. What the feed tells meanwhile is
// newer than the answer, which is then asked for again.
async function look(tries = 0) {
  clearTimeout(lookTimer);
  const mine = ++looks;
  const heard = told;
  try {
    const now = (await call('GET', path(), { headers: headers() })).body;
    if (heard !== told) return look();
    stand(now);
  } catch (fault) {
    if (fault instanceof Refused) return gone(fault.status);
    await rest(tries, fault.wait);
    return mine === looks ? look(tries + 1) : undefined; // one that failed is made up for
  }
  if (lookEvery > 0 && live.includes(conversation?.state)) lookTimer = setTimeout(() => look(), lookEvery);
  return undefined;
}

// waits follows what the feed tells of her wait; between two steps of the timeline nobody else tells it.
function waits({ to_state: state, queue: name, position = null, estimated_wait_seconds: wait = null }) {
  told++;
  if (conversation) stand({ ...conversation, state, queue: { name, position, estimated_wait_seconds: wait } });
}

// stand shows how the conversation stands.
function stand(now) {
  if (conversation && now.version < conversation.version) return;
  conversation = now;
  page.dataset.state = now.state;
  part('state').dataset.state = now.state;
  part('state').replaceChildren(icon(now.state), el('span', {}, headline(now)));
  show(part('queue'), now.state === 'queued' || now.state === 'offered');
  write(part('place'), place(now));
  const over = !live.includes(now.state);
  show(composer, !over);
  show(part('name'), false);
  show(part('leave'), live.includes(now.state) && now.state !== 'wrap_up');
  write(part('leave'), now.state === 'queued' || now.state === 'offered' ? say('leave') : say('end'));
  field.placeholder = now.state === 'wrap_up' && now.controller !== 'bot' ? say('write_again') : say('write');
  rating.show((over || now.state === 'wrap_up') && now.controller !== 'bot', over, now.when_started !== null);
  if (over) stopTyping();
}

function headline(now) {
  switch (now.state) {
    case 'queued':
    case 'offered': return say('waiting');
    case 'agent':
    case 'conference':
    case 'transferring': return say('talks', { names: now.agents.filter((one) => one.role !== 'invited').map((one) => one.name).join(say('and')) });
    case 'wrap_up': return now.controller === 'bot' ? say('bot_talks') : say('ended');
    case 'completed':
    case 'abandoned':
    case 'expired': return say('ended');
  }
  return say('bot_talks');
}

function place(now) {
  const { position, estimated_wait_seconds: wait } = now.queue ?? {}; // null while the desk has not been told
  if (now.state === 'offered') return say('rings');
  if (!position) return say('in_line');
  const first = position === 1 ? say('next') : say('number', { n: position });
  const minutes = Math.max(1, Math.round(wait / 60)); // an estimate has no seconds
  return wait ? `${first} ${say('wait', { time: `${minutes} min` })}` : first;
}

function event(e) {
  const { data } = e;
  switch (e.type) {
    case 'message.created': return said(data.message, data.author, e.timestamp);
    case 'typing.started': return startTyping(data.author, data.expires_in);
    case 'typing.stopped': return stopTyping();
    case 'handoff.waiting': return waits(data);
    case 'conversation.rated': rating.given(data.rating); break;
    default:
      if (data.to_state && e.type !== 'conversation.started') stopTyping();
  }
  if (feed?.linkedOnce) look();
}

function said(message, author, at) {
  if (shown.has(message.id)) return;
  shown.add(message.id);
  const mine = author.role === 'user';
  if (!mine) stopTyping();
  append(bubble(mine ? 'me' : author.role, mine ? say('you') : speaker(author), message.text, clockTime(at), attachments(message)));
  outbox.seen(message.id);
  if (!mine && feed?.linkedOnce) tell('said');
}

const speaker = (author) => ({ bot: say('assistant'), system: '' }[author.role] ?? (author.name || author.id || say('colleague')));

function bubble(from, by, text, foot, more = []) {
  return el('div', { class: 'say', 'data-from': from },
    by && el('span', { class: from === 'me' ? 'hush' : 'by' }, by), el('p', {}, text, ...more), el('span', { class: 'at' }, foot));
}

// append adds to the log, above the words that are still unsent.
function append(element) {
  log.insertBefore(element, log.querySelector('[data-unsent]'));
  if (element.dataset.from === 'me') end.toEnd();
  else end.grown();
}

function showOutbox() {
  for (const old of log.querySelectorAll('[data-unsent]')) old.remove();
  for (const word of outbox.words) {
    const refused = word.state === 'refused';
    const one = bubble('me', say('you'), word.text, refused ? say('unsent') : say('sending'));
    one.dataset.unsent = word.state;
    if (refused) one.append(el('button', { class: 'quiet', type: 'button', onclick: () => takeBack(word) }, say('take_back')));
    log.append(one);
  }
  if (outbox.words.length > 0) end.toEnd();
  show(part('welcome'), kept.value.token === '' && outbox.words.length === 0);
}

// takeBack puts a word that was refused into the field again.
function takeBack(word) {
  outbox.drop(word.id);
  field.value = word.text + (field.value && '\n' + field.value);
  keepDraft();
  field.focus();
}

function startTyping(author, seconds) {
  clearTimeout(typingTimer);
  write(typing, say('types', { name: speaker(author) || say('somebody') }));
  typing.dataset.on = '';
  typingTimer = setTimeout(stopTyping, seconds * 1000);
}

function stopTyping() {
  clearTimeout(typingTimer);
  write(typing, '');
  delete typing.dataset.on;
}

function linked(up) {
  if (up) feed.linkedOnce = true;
  show(part('offline'), !up);
  page.dataset.link = up ? 'up' : 'down';
}

// gone: the token is over or the conversation is forgotten. What is on the page stays to be read.
function gone() {
  feed?.end();
  show(composer, false);
  show(part('leave'), false);
  show(part('queue'), false);
  show(part('offline'), false);
  write(part('state'), say('ended'));
  page.dataset.state = 'gone';
  rating.show(true, true, false);
}

async function act(action, body) {
  for (let tries = 0; ; tries++) {
    try {
      return await call('POST', path(action), { headers: headers(), body });
    } catch (fault) {
      if (!(fault instanceof Unreachable)) throw fault;
      await rest(tries, fault.wait);
    }
  }
}

// again forgets the conversation and begins anew.
function again() {
  feed?.end();
  kept.set({ id: '', token: '', outbox: [], user: newID('web-') });
  conversation = undefined;
  shown = new Set();
  log.replaceChildren();
  rating.show(false);
  show(composer, true);
  welcome();
  field.focus();
}

function welcome() {
  delete page.dataset.state;
  delete part('state').dataset.state;
  write(part('state'), say('glad'));
  for (const name of ['leave', 'queue', 'offline']) show(part(name), false);
  for (const name of ['welcome', 'name']) show(part(name), true);
  field.placeholder = say('write');
}

function submit() {
  const text = field.value.trim();
  if (text === '') return;
  if (kept.value.token === '') kept.set({ name: part('name').querySelector('input').value.trim() });
  field.value = '';
  toldTyping = 0;
  keepDraft();
  outbox.add({ id: newID('c-'), text });
}

function keepDraft() {
  grow(field);
  kept.set({ draft: field.value });
}

// tellTyping tells the other side; it is told no more than once in a while, and nothing is lost with one that fails.
function tellTyping() {
  if (!['agent', 'conference', 'transferring', 'bot'].includes(conversation?.state) || Date.now() - toldTyping < typingPause) return;
  toldTyping = Date.now();
  call('POST', path('/typing'), { headers: headers(), body: { typing: true } }).catch(() => {});
}

composer.addEventListener('submit', (e) => { e.preventDefault(); submit(); });
field.addEventListener('keydown', (e) => {
  if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); submit(); }
});
field.addEventListener('input', () => {
  keepDraft();
  if (field.value !== '') tellTyping();
});
part('leave').addEventListener('click', async () => {
  part('leave').disabled = true;
  try {
    await act('/end', {});
  } catch { /* it is over already, and the look shows that */ }
  part('leave').disabled = false;
  look();
});

if (framed) {
  show(part('close'), true);
  part('close').addEventListener('click', () => tell('close'));
  document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && !e.isComposing) tell('close'); });
  window.addEventListener('focus', beReady);
  tell('ready');
}

// beReady lets whoever opened the frame write at once. On a phone the keyboard would cover what was said.
function beReady() {
  if (document.hasFocus() && document.activeElement === document.body && !matchMedia('(pointer: coarse)').matches) field.focus();
}

show(page, true);
field.value = kept.value.draft;
grow(field);
welcome();
showOutbox();
if (kept.value.token !== '') listen();
outbox.run();
if (framed) beReady();
