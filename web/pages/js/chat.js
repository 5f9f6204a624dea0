// The customer's chat: begins a conversation with the first word, shows what is said, where she stands in line and who
// serves, and goes on in every page and tab of the origin until it is over or forgotten.
import { el, icon, write, show, grow } from './dom.js';
import { call, newID, rest, Refused, Unreachable } from './net.js';
import { Outbox } from './outbox.js';
import { ChatFeed } from './chatfeed.js';
import { ChatLog } from './chatlog.js';
import { ChatStore } from './chatstore.js';
import { Frame } from './chatframe.js';
import { Ask } from './chatask.js';
import { Rating } from './chatrating.js';
import { alone, canLock } from './chattabs.js';
import { headline, isLive, isOver, place, waits, withBot } from './chatstand.js';
import { say } from './chatwords.js';

const page = document.getElementById('chat');
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const composer = part('composer');
const field = part('words');
const name = part('name').querySelector('input');
const typingPause = 3000; // milliseconds between two tellings that she types
const lookEvery = Number(page.dataset.lookEvery); // milliseconds between two signs of life; 0: the feed is enough

let conversation; // as it stands; undefined before it begins
let feed;
let toldTyping = 0;
let lookTimer = 0;
let looks = 0; // how often it was looked how the conversation stands
let told = 0; // how often the feed has told how she waits

const store = new ChatStore(page.dataset.bot, { begun: goOn, forgotten: reset, written, read: () => frame.count() });
const frame = new Frame(store, { forget }, beReady);
const log = new ChatLog(part('log'), part('typing'), takeBack);
const outbox = new Outbox(store.words, send, showOutbox, (drain) => alone(`${store.key}.outbox`, drain));
const ask = new Ask(part('ask'), () => call('POST', path('/handoff'), { headers: headers(), body: {} }), asked);
const rating = new Rating(part('rating'), (given) => act('/rating', given), again);

const path = (rest = '') => `/v1/conversations/${encodeURIComponent(store.conversation.id)}${rest}`;
const headers = () => ({ Authorization: `Bearer ${store.conversation.token}` });

// send is one try to send a word; the first one begins the conversation, unless another tab has begun it meanwhile.
async function send(word) {
  if (!store.conversation) {
    if (!store.stored) await begin(word);
    goOn();
  }
  if (!store.conversation) return; // forgotten meanwhile
  await call('POST', path('/messages'), { headers: headers(), body: { text: word.text, id: word.id } });
}

async function begin(word) {
  const { body } = await call('POST', '/v1/conversations', {
    body: { bot: page.dataset.bot, user: { id: newID('web-'), name: store.draft.name }, language: page.dataset.language },
  });
  if (!store.stored && store.words.has(word.id)) store.begin({ id: body.id, token: body.conversation_token });
}

// goOn shows the conversation that the tabs share, in place of one that was shown before.
function goOn() {
  if (!store.stored || (feed && store.stored.id === store.conversation?.id)) return;
  if (feed) clear();
  frame.reset();
  store.adopt();
  log.announces(false);
  feed = new ChatFeed(path('/events'), store.conversation.token, `${store.key}.${store.conversation.id}`, {
    event, linked, gone, stood: stand,
    caughtUp() {
      look();
      log.announces(true);
      frame.caughtUp();
    },
  });
  feed.run();
  showOutbox();
}

// look asks how the conversation stands; each look is also a sign of life of this client. What the feed tells meanwhile is
// newer than the answer, which is then asked for again.
async function look(tries = 0) {
  clearTimeout(lookTimer);
  const mine = ++looks;
  const heard = told;
  const asked = feed;
  try {
    const now = (await call('GET', path(), { headers: headers() })).body;
    if (feed !== asked) return undefined;
    if (heard !== told) return look();
    feed.stood(now);
    stand(now);
  } catch (fault) {
    if (feed !== asked) return undefined;
    if (fault instanceof Refused) return gone(fault.status);
    await rest(tries, fault.wait);
    return mine === looks && feed === asked ? look(tries + 1) : undefined; // one that failed is made up for
  }
  if (lookEvery > 0 && feed.leads && isLive(conversation)) lookTimer = setTimeout(look, lookEvery);
  return undefined;
}

// waiting follows what the feed tells of her wait; between two steps of the timeline nobody else tells it.
function waiting({ to_state: state, queue: line, position = null, estimated_wait_seconds: wait = null }) {
  told++;
  if (conversation) stand({ ...conversation, state, queue: { name: line, position, estimated_wait_seconds: wait } });
}

// stand shows how the conversation stands.
function stand(now) {
  if (conversation && now.version < conversation.version) return;
  conversation = now;
  page.dataset.state = now.state;
  part('state').dataset.state = now.state;
  part('state').replaceChildren(icon(now.state), el('span', {}, headline(now)));
  show(part('queue'), waits(now));
  write(part('place'), place(now));
  const over = !isLive(now);
  show(composer, !over);
  show(part('name'), false);
  show(part('leave'), !over && now.state !== 'wrap_up');
  ask.show(withBot(now));
  write(part('leave'), waits(now) ? say('leave') : say('end'));
  field.placeholder = isOver(now) ? say('write_again') : say('write');
  rating.show(isOver(now), over, now.when_started !== null);
  if (!over) return;
  log.stopTyping();
  drop();
}

// drop: no other page goes on with the conversation.
function drop() {
  store.drop();
  frame.chat();
}

function event(e) {
  const { data } = e;
  switch (e.type) {
    case 'message.created': return said(data.message, data.author, e);
    case 'typing.started': return log.startTyping(data.author, data.expires_in);
    case 'typing.stopped': return log.stopTyping();
    case 'handoff.waiting': return waiting(data);
    case 'message.delivery_failed': return log.undelivered(data.message_id);
    case 'handoff.accepted': log.stopTyping(); log.readByPeople(); break;
    case 'conversation.rated': rating.given(data.rating); break;
    default:
      if (data.to_state && e.type !== 'conversation.started') log.stopTyping();
  }
  if (feed.live && feed.leads) look();
}

function said(message, author, { timestamp, sequence }) {
  const fresh = log.said(message, author, timestamp);
  outbox.seen(message.id);
  if (fresh && author.role !== 'user') frame.said(sequence);
}

function showOutbox() {
  log.unsent(outbox.words);
  show(part('welcome'), !store.conversation && outbox.words.length === 0);
}

// written: another tab has written a word. It is sent here should that tab be closed before it has done so.
function written() {
  showOutbox();
  if (canLock()) outbox.run();
}

function takeBack(word) {
  outbox.drop(word.id);
  field.value = word.text + (field.value && '\n' + field.value);
  keepDraft();
  field.focus();
}

function linked(up) {
  show(part('offline'), !up);
  page.dataset.link = up ? 'up' : 'down';
}

// gone: the token is over or the conversation is forgotten. What is on the page stays to be read.
function gone() {
  feed.end();
  drop();
  show(composer, false);
  for (const name of ['leave', 'queue', 'offline']) show(part(name), false);
  write(part('state'), say('ended'));
  page.dataset.state = 'gone';
  rating.show(true, true, false);
  ask.show(false);
}

async function act(action, body) {
  const [to, as] = [path(action), headers()];
  for (let tries = 0; ; tries++) {
    try {
      return await call('POST', to, { headers: as, body });
    } catch (fault) {
      if (!(fault instanceof Unreachable)) throw fault;
      await rest(tries, fault.wait);
    }
  }
}

// asked: she has asked for a person, and the answer is there.
function asked() {
  if (feed) look();
  if (!matchMedia('(pointer: coarse)').matches) field.focus();
}

function clear() {
  feed?.end();
  feed = undefined;
  clearTimeout(lookTimer);
  conversation = undefined;
  log.clear();
  rating.show(false);
  ask.show(false);
}

// reset shows the page as before the first word.
function reset() {
  clear();
  store.conversation = undefined;
  field.value = store.draft.text;
  name.value = store.draft.name;
  grow(field);
  show(composer, true);
  welcome();
  frame.reset();
}

// forget leaves nothing of the chat in this browser.
function forget() {
  store.forget();
  reset();
  frame.tell('forgotten');
}

// again begins anew, under the same name.
function again() {
  const mine = name.value;
  store.forget();
  reset();
  name.value = mine;
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
  store.keepDraft({ name: name.value.trim() });
  field.value = '';
  toldTyping = 0;
  keepDraft();
  outbox.add({ id: newID('c-'), text });
  store.sign();
}

function keepDraft() {
  grow(field);
  store.keepDraft({ text: field.value });
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
  drop();
  try {
    await act('/end', {});
  } catch { /* it is over already, and the look shows that */ }
  part('leave').disabled = false;
  if (feed) look();
});

// beReady lets whoever opened the frame write at once. On a phone the keyboard would cover what was said.
function beReady() {
  if (document.hasFocus() && document.activeElement === document.body && !matchMedia('(pointer: coarse)').matches) field.focus();
}

show(page, true);
field.value = store.draft.text;
name.value = store.draft.name;
grow(field);
welcome();
goOn();
showOutbox();
outbox.run();
if (frame.framed) {
  show(part('close'), true);
  part('close').addEventListener('click', () => frame.tell('close'));
  frame.tell('ready');
  frame.chat();
  beReady();
}
