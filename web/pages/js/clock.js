// Lets times go on: ages grow, deadlines come nearer, and moments are shown in the reader's own time zone. The server's
// clock counts, so the difference between it and this browser's is taken off.
(() => {
  'use strict';
  const began = Date.now();
  const drift = Number(document.body.dataset.now) - began;
  const now = () => Date.now() + drift;
  const two = (n) => String(n).padStart(2, '0');

  function span(ms) {
    const s = Math.round(ms / 1000);
    if (s < 0) return '−' + span(-ms);
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
  }

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  function tick() {
    if (document.hidden) return;
    const at = now();
    for (const e of document.querySelectorAll('time[data-since]')) write(e, span(at - Number(e.dataset.since)));
    for (const e of document.querySelectorAll('time[data-until]')) write(e, span(Number(e.dataset.until) - at));
    for (const e of document.querySelectorAll('time[data-soon]')) {
      const left = Number(e.dataset.soon) - at;
      write(e, left > 0 ? 'in ' + span(left) : 'now');
    }
  }

  // A moment of today is the time of day; an older one has its date too.
  function localise(root) {
    for (const e of root.querySelectorAll('time[data-clock]')) {
      const at = new Date(Number(e.dataset.clock));
      const day = at.toDateString() === new Date(now()).toDateString();
      write(e, (day ? '' : at.toLocaleDateString() + ' ') + at.toLocaleTimeString());
      e.title = at.toLocaleString();
    }
  }

  localise(document);
  tick();
  document.body.addEventListener('htmx:load', (event) => { localise(event.detail.elt); tick(); });
  document.addEventListener('visibilitychange', tick);
  setInterval(tick, 1000);
})();
