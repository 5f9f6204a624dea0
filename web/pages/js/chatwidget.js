// The button that a shop's page shows, and the frame behind it. It draws into a shadow root, so that neither page's style
// reaches the other; what is said and the token stay in the frame, where the shop's scripts cannot read. On an origin that
// the bot does not allow it draws nothing, and tells the console why. Wanted:
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
  const base = new URL(script.src).origin; // the service's, whoever stands before it
  const { lang, label = 'Chat' } = script.dataset;
  const host = document.createElement('div');
  host.dataset.handoffChat = bot;
  const root = host.attachShadow({ mode: 'open' });

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
    @media (max-width: 30rem) {
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

  let frame;
  let unread = 0;
  function tally(n) {
    unread = n;
    count.textContent = n > 0 ? `${n} new` : '';
    count.hidden = n === 0;
  }
  function open(opened) {
    if (opened && !frame) { // not before somebody wants to chat
      frame = document.createElement('iframe');
      frame.title = label;
      frame.src = `${base}/chat/${encodeURIComponent(bot)}${lang ? `?lang=${encodeURIComponent(lang)}` : ''}`;
      frameBox.append(frame);
    }
    frameBox.hidden = !opened;
    button.setAttribute('aria-expanded', String(opened));
    host.toggleAttribute('data-open', opened);
    if (opened) tally(0);
    if (opened) frame.focus();
    else button.focus();
  }
  // ready: the chat runs. A frame that was given the focus while it was still empty has lost it to the new page's process.
  function ready() {
    host.dataset.ready = '';
    if (root.activeElement !== frame) return;
    frame.blur();
    frame.focus();
  }
  button.addEventListener('click', () => open(frameBox.hidden));
  root.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !frameBox.hidden) open(false); });
  window.addEventListener('message', (event) => {
    if (!frame || event.source !== frame.contentWindow || !event.data) return;
    if (event.data.handoff === 'close') open(false);
    if (event.data.handoff === 'ready') ready();
    if (event.data.handoff === 'said' && frameBox.hidden) tally(unread + 1);
  });

  if (document.body) document.body.append(host);
  else document.addEventListener('DOMContentLoaded', () => document.body.append(host));
})
