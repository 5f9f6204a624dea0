// The agent's desk: presence, what rings, the chats side by side. One stream tells which chats changed and who types; what is
// new in a chat is then read behind the last sequence, so that nothing is missed and nothing is shown twice.
import { el, icon, write, show } from './dom.js';
import { at, call, rest, Refused } from './net.js';
import { Chat } from './deskchat.js';
import { Ringer } from './deskring.js';
import { ringCard, tab } from './desklist.js';
import { Presence } from './deskpresence.js';
import { askBeforeSignOut } from './desksignout.js';
import { keptFor } from './signout.js';
import { Shelf } from './shelf.js';

const page = document.getElementById('desk');
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const csrf = { 'X-CSRF-Token': document.body.dataset.csrf };

// desk is what the chats use of the page.
const desk = {
  me: page.dataset.me,
  name: page.dataset.name,
  maxText: Number(page.dataset.maxText),
  dialog: part('dialog'),
  flows: new Map(), // by name: a promise of what the policy says
  colleagues: new Map(), // names by id
  ask: (method, path, body, headers = {}) => call(method, path, { body, headers: { ...csrf, ...headers } }),
  flow(name) {
    if (!this.flows.has(name)) {
      const asked = this.ask('GET', `/v1/flows/${encodeURIComponent(name)}`).then(({ body }) => body);
      asked.catch(() => this.flows.delete(name));
      this.flows.set(name, asked);
    }
    return this.flows.get(name);
  },
  async people() {
    const { body } = await this.ask('GET', '/v1/agents');
    for (const one of body.items) this.colleagues.set(one.id, one.name);
    return body.items;
  },
  nameOf(id) { return this.colleagues.get(id) ?? id; },
  changed: draw,
  wake: () => ringer.wake(), // a press is what browsers want before they let a page sound
  announce: (text) => { part('announce').textContent = text; },
};

const chats = new Map(); // by id
const ringer = new Ringer(part, desk.announce);
let chosen = sessionStorage.getItem('handoff.desk.current') ?? ''; // the chat that its person looked at last
let current = '';
let synced = false; // it is known which chats are ours
let stream;
let tries = 0;
let seeking = false; // the server, after the stream was lost

const presence = new Presence(page, part, desk, refused);
askBeforeSignOut(desk, () => [...chats.values()].filter((chat) => chat.known && chat.open && !chat.lost).length,
  () => [...chats.values()].filter((chat) => chat.kept.value.outbox.length > 0 || chat.kept.value.draft !== '').length);

// The stream.

function listen() {
  stream = new EventSource(at('/v1/changes'));
  stream.addEventListener('open', () => { tries = 0; linked(true); sync(); });
  stream.addEventListener('message', (e) => changed(JSON.parse(e.data)));
  stream.addEventListener('resync', sync);
  stream.addEventListener('presence', (e) => { if (JSON.parse(e.data).agent === desk.me) presence.look(); });
  stream.addEventListener('typing', (e) => {
    const told = JSON.parse(e.data);
    chats.get(told.conversation)?.typing(told.author, told.expires_in);
  });
  stream.addEventListener('error', lost);
}

// lost looks until the server can be reached, and listens again. A stream that tries again by itself is left to do so.
async function lost() {
  linked(false);
  if (stream.readyState !== EventSource.CLOSED || seeking) return;
  seeking = true;
  for (;;) {
    await rest(tries++); // or until the network is back
    try {
      await desk.ask('GET', '/v1/login');
      break;
    } catch (fault) {
      if (refused(fault)) return;
    }
  }
  seeking = false;
  listen();
}

window.addEventListener('offline', () => {
  stream.close(); // it may seem open for long
  lost();
});

function linked(up) {
  page.dataset.link = up ? 'up' : 'down';
  show(part('offline'), !up);
}

// refused reports whether the sign-in is over, and says so: what was not sent is kept for the next one.
function refused(fault) {
  if (!(fault instanceof Refused) || fault.status !== 401) return false;
  stream?.close();
  part('offline').replaceChildren(icon('warning'), el('span', {}, 'You are signed out. What you have not sent is kept. ',
    el('a', { href: at('/login?next=/desk') }, 'Sign in again')));
  show(part('offline'), true);
  return true;
}

// sync finds out anew which chats are ours.
async function sync() {
  try {
    const [{ body }] = await Promise.all([desk.ask('GET', '/v1/me/conversations'), desk.people()]);
    const mine = new Set(body.items.map((one) => one.id));
    for (const id of mine) open(id);
    for (const id of leftBehind(mine)) open(id).shownOnce = true;
    await Promise.all([...chats.values()].map((chat) => chat.refresh(undefined, body.items.find((one) => one.id === chat.id) ?? null)));
    synced = true;
    draw();
    await presence.beat();
    await presence.look();
  } catch (fault) {
    if (!refused(fault) && stream.readyState === EventSource.OPEN) {
      await rest(2);
      sync();
    }
  }
}

// leftBehind are chats that are not ours any more, but in which something was written that never arrived, or was not sent. Of all
// others that are over nothing is kept.
function leftBehind(mine) {
  const shelf = new Shelf(() => localStorage);
  const gone = [...keptFor(desk.me)].filter(([, id]) => !mine.has(id));
  return gone.filter(([key, id]) => {
    const { outbox, draft } = shelf.value(key) ?? {};
    if (chats.has(id) || outbox?.length > 0 || draft) return true;
    shelf.remove(key);
    return false;
  }).map(([, id]) => id);
}

function changed(change) {
  if (chats.has(change.conversation) || change.agents.includes(desk.me)) open(change.conversation).refresh(change);
}

function open(id) {
  if (!chats.has(id)) chats.set(id, new Chat(desk, id, close));
  return chats.get(id);
}

// close puts a chat away. Whoever worked in it goes on in the next one.
function close(chat) {
  const here = chat.element.contains(document.activeElement);
  chat.element.remove();
  chats.delete(chat.id);
  draw();
  if (here || document.activeElement === document.body) queueMicrotask(() => (chats.get(current) ?? document.getElementById('main')).focus());
}

// choose makes a chat the current one: the one that a phone shows, and whose words a screen reader announces.
function choose(chat, focus = true) {
  chosen = chat.id;
  sessionStorage.setItem('handoff.desk.current', chosen);
  draw();
  chat.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (focus) chat.focus();
}

let drawing = false;
let seats = ''; // the chats that took seats when these were looked at

// draw shows everything once, however much has changed in this turn.
function draw() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    const all = [...chats.values()].filter((chat) => chat.known);
    const rings = all.filter((chat) => chat.rings);
    const open = all.filter((chat) => chat.open).sort(asTheyCame);
    if (open.some((chat) => chat.id === chosen)) current = chosen;
    else if (synced && !open.some((chat) => chat.id === current)) current = open[0]?.id ?? '';
    for (const chat of open) chat.current(chat.id === current); // first: the list shows which it is, and what is new in the others
    ringer.ring(rings);
    reconcile(part('rings'), rings, (chat) => ringCard(chat, (accepted) => accepted && choose(chat)));
    reconcile(part('list'), open, (chat) => tab(chat, () => choose(chat)));
    for (const chat of open) {
      if (!chat.element.isConnected) insert(chat.element, open[open.indexOf(chat) + 1]?.element);
    }
    for (const chat of all) if (!chat.open) chat.element.remove();
    show(part('idle'), open.length === 0);
    write(part('idle-text'), presence.idleText);
    page.dataset.open = open.length;
    const taken = all.map((chat) => chat.id).join();
    if (taken !== seats) presence.look();
    seats = taken;
  });
}

// asTheyCame is the order of the chats, also after a reload.
const asTheyCame = (a, b) => a.kept.value.opened - b.kept.value.opened || (a.id < b.id ? -1 : 1);

function insert(element, before) {
  part('chats').insertBefore(element, before?.isConnected ? before : null);
}

// reconcile keeps one element for each chat, in order, and touches none that may stay: the focus must not be lost.
function reconcile(list, wanted, make) {
  const there = new Map([...list.children].map((child) => [child.dataset.id, child]));
  wanted.forEach((chat, i) => {
    const item = there.get(chat.id) ?? make(chat);
    there.delete(chat.id);
    item.redraw();
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  for (const item of there.values()) item.remove();
}

show(page, true);
draw();
listen();
