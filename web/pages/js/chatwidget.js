// The button that a shop's page shows, and the frame behind it. It draws into a shadow root, so that neither page's style
// reaches the other; what is said and the token stay in the frame, where the shop's scripts cannot read. A chat goes on over the
// pages and tabs of the shop until it ends or handoff.forget() is called. On an origin that the bot does not allow it draws
// nothing, and tells the console why. Wanted:
// <script src="…/chat/BOT.js" data-label="Chat" data-lang="de" async></script>; without data-lang the chat speaks the browser's language.
(function widget(config) {
  'use strict';
  const { bot, origins } = config;
  const script = document.currentScript;
  if (!script) {
    console.warn('handoff: the chat wants a <script> element of its own, which is not a module');
    return;
  }
  if (!origins.includes(location.origin)) {
    console.warn(`handoff: the chat of ${bot} is not meant for ${location.origin}`);
    return;
  }
  const home = new URL('..', script.src); // where the service's pages begin, whoever stands before it
  const { lang, label = 'Chat' } = script.dataset;
  const host = document.createElement('div');
  host.dataset.handoffChat = bot;
  const root = host.attachShadow({ mode: 'open' });

  const phone = '(max-width: 30rem)'; // there the window fills the screen
  const fills = matchMedia(phone);
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; position: fixed; inset: auto 1rem 1rem auto; z-index: 2147483000; color-scheme: light dark;
      font: 600 16px/1.2 ui-sans-serif, system-ui, sans-serif; }
    button { display: flex; align-items: center; gap: .5rem; margin-left: auto; padding: .85rem 1.2rem; border: 0; border-radius: 2rem;
      background: #0b6355; color: #fff; font: inherit; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / .25); }
    button:hover { background: #0d7565; }
    button:focus-visible { outline: 3px solid #7db4ff; outline-offset: 2px; }
    svg { width: 1.25em; height: 1.25em; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
    .count { padding: .1em .5em; border-radius: 1em; background: #fff; color: #0b6355; font-size: .85em; }
    .window { width: min(24rem, calc(100vw - 2rem)); height: min(38rem, calc(100dvh - 6rem)); margin-bottom: .75rem; overflow: hidden;
      border-radius: .75rem; background: Canvas; box-shadow: 0 8px 40px rgb(0 0 0 / .3); }
    iframe { width: 100%; height: 100%; border: 0; display: block; }
    [hidden] { display: none; }
    @media ${phone} {
      :host([data-open]) { inset: 0; }
      :host([data-open]) .window { width: 100%; height: 100dvh; margin: 0; border-radius: 0; }
      :host([data-open]) button { display: none; }
    }
    @media print { :host { display: none; } }`);
  root.adoptedStyleSheets = [style];

  const frameBox = document.createElement('div');
  frameBox.className = 'window';
  frameBox.hidden = true;
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', 'M2.5 3.5h11v7.5h-6l-3 2.5V11h-2z');
  svg.append(line);
  const count = document.createElement('span'); // of what came while the window was closed
  count.className = 'count';
  count.setAttribute('role', 'status');
  count.hidden = true;
  button.append(svg, label, count);
  root.append(frameBox, button);

  // What the shop's storage keeps, for its other pages and tabs: that there is a chat, that its window is open, that it is to be
  // forgotten, and when a page was open last. Each has a key of its own, so that no tab undoes what another one has just done.
  // Nothing is kept before somebody has opened the window.
  const key = `handoff.chat.${bot}.`;
  const facts = ['chat', 'open', 'forget', 'at'];
  const keptFor = 30 * 60 * 1000; // milliseconds without an open page
  const memory = {}; // of a browser that keeps nothing
  function kept(fact) {
    try {
      return localStorage.getItem(key + fact) ?? '';
    } catch {
      return memory[fact] ?? '';
    }
  }
  function keep(fact, value) {
    if (kept(fact) === value) return;
    memory[fact] = value;
    try {
      if (value === '') localStorage.removeItem(key + fact);
      else localStorage.setItem(key + fact, value);
    } catch { /* forbidden or full */ }
  }
  function drop() {
    for (const fact of facts) keep(fact, '');
  }
  function here() {
    if (kept('chat') || kept('open')) keep('at', String(Date.now()));
  }

  let frame;
  const post = (what) => 'ready' in host.dataset && frame.contentWindow.postMessage({ handoff: what }, home.origin);
  function tally(n) {
    count.textContent = n > 0 ? `${n} new` : '';
    count.hidden = n === 0;
  }
  function load() {
    if (frame) return;
    frame = document.createElement('iframe');
    frame.title = label;
    frame.src = `${home}chat/${encodeURIComponent(bot)}${lang ? `?lang=${encodeURIComponent(lang)}` : ''}`;
    frameBox.append(frame);
  }
  function draw(opened) {
    if (opened) {
      load();
      tally(0);
    }
    frameBox.hidden = !opened;
    button.setAttribute('aria-expanded', String(opened));
    host.toggleAttribute('data-open', opened);
    post(opened ? 'open' : 'closed');
  }
  // open follows the customer: she goes on where she opened it, and other tabs do the same.
  function open(opened) {
    draw(opened);
    keep('open', opened ? 'yes' : '');
    here();
    if (opened) frame.focus();
    else button.focus();
  }
  // goOn does what another page or tab has left. A window that fills the screen would hide the page that was asked for: it is not
  // opened by itself, and what is new is counted.
  function goOn() {
    if (kept('chat')) load();
    const opened = kept('open') !== '' && !(fills.matches && frameBox.hidden);
    if (opened === frameBox.hidden) draw(opened);
  }

  // forget takes the chat out of this browser, with everything that was said: for a page at which somebody signs out. The promise
  // is kept once that is done, or cannot be done now: then the next page with this button does it.
  let forgotten = [];
  function forget() {
    keep('forget', 'yes');
    load();
    post('forget');
    return new Promise((done) => {
      forgotten.push(done);
      setTimeout(done, 5000);
    });
  }
  function isForgotten() {
    drop();
    draw(false);
    tally(0);
    delete host.dataset.ready;
    frame.remove();
    frame = undefined;
    for (const done of forgotten) done();
    forgotten = [];
  }
  const others = window.handoff?.forget; // there may be chats of several bots
  window.handoff = { ...window.handoff, forget: () => Promise.all([others?.(), forget()]).then(() => undefined) };

  // ready: the chat runs. A frame that was given the focus while it was still empty has lost it to the new page's process.
  function ready() {
    host.dataset.ready = '';
    if (kept('forget')) return post('forget');
    post(frameBox.hidden ? 'closed' : 'open');
    if (root.activeElement !== frame) return undefined;
    frame.blur();
    return frame.focus();
  }
  const heard = {
    ready,
    close: () => open(false),
    chat: ({ on }) => {
      keep('chat', on ? 'yes' : '');
      here();
    },
    unread: ({ count: n }) => tally(frameBox.hidden ? n : 0),
    forgotten: isForgotten,
  };
  button.addEventListener('click', () => open(frameBox.hidden));
  root.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !frameBox.hidden) open(false); });
  window.addEventListener('message', ({ source, data }) => {
    if (frame && source === frame.contentWindow && data && Object.hasOwn(heard, data.handoff)) heard[data.handoff](data);
  });
  window.addEventListener('storage', (event) => {
    if (event.key === `${key}forget`) {
      if (event.newValue === null && frame) isForgotten(); // another tab was asked, and has done it
    } else if ([`${key}chat`, `${key}open`].includes(event.key)) {
      goOn();
    }
  });
  setInterval(here, 60 * 1000);
  window.addEventListener('pagehide', here);

  const begin = () => {
    document.body.append(host);
    if (kept('forget')) return forget();
    if (Date.now() - Number(kept('at')) > keptFor) drop();
    return goOn();
  };
  if (document.body) begin();
  else document.addEventListener('DOMContentLoaded', begin);
})
