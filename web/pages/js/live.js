// Keeps a page up to date. /v1/changes tells which conversations changed; a part of the page that is marked data-live
// listens to the event "changed" and fetches itself anew. Many changes become one fetch: the first is told at once, what
// follows within the pace is told together at its end, and a page that nobody looks at fetches when it is looked at.
// A part with data-conversation is only told of its own.
(() => {
  'use strict';
  const pace = 500; // milliseconds between two fetches
  const body = document.body;
  const link = document.getElementById('link');
  let changed = new Set();
  let all = false;
  let timer = 0;
  let told = 0;

  function tell() {
    timer = 0;
    if (document.hidden || (!all && changed.size === 0)) return;
    told = Date.now();
    const these = changed;
    const whole = all;
    changed = new Set();
    all = false;
    for (const part of document.querySelectorAll('[data-live]')) {
      const only = part.dataset.conversation;
      if (!whole && only && !these.has(only)) continue;
      if (fetching.has(part.id)) again = true;
      else htmx.trigger(part, 'changed');
    }
  }

  // What a part is told while it is being fetched may have come too late for what is on its way, and htmx would forget it with the
  // element that is replaced. So it is told again at the end. One that could not be fetched is fetched anew after a while.
  const patience = 5000; // milliseconds
  const fetching = new Set(); // ids
  let again = false;
  body.addEventListener('htmx:beforeSend', (event) => {
    if (event.detail.elt.matches('[data-live]')) fetching.add(event.detail.elt.id);
  });
  body.addEventListener('htmx:afterRequest', (event) => {
    if (!fetching.delete(event.detail.target.id)) return; // the part itself, which may be replaced by now
    if (!event.detail.successful) setTimeout(everything, patience);
    if (again) everything();
  });
  function everything() {
    again = false;
    all = true;
    plan();
  }

  function plan() {
    if (timer === 0) timer = setTimeout(tell, Math.max(0, told + pace - Date.now()));
  }

  body.addEventListener('htmx:sseMessage', (event) => {
    if (event.detail.type === 'resync') all = true;
    else changed.add(JSON.parse(event.detail.data).conversation);
    plan();
  });
  body.addEventListener('htmx:sseOpen', () => {
    all = true; // what was told before the line stood, or while it was broken
    plan();
    show('up', 'live');
  });
  body.addEventListener('htmx:sseError', () => show('down', 'connection lost, trying again'));
  document.addEventListener('visibilitychange', plan);

  // Whoever fills in a form or presses a button keeps it: its part of the page waits until that is over. If the form is stale
  // by then, the server refuses it and says so.
  let missed = false;
  const held = (part) => {
    const busy = part.matches('[data-live]') && part.querySelector('details.act[open], :active') !== null;
    missed ||= busy;
    return busy;
  };
  body.addEventListener('htmx:beforeRequest', (event) => {
    if (held(event.detail.elt)) event.preventDefault();
  });
  body.addEventListener('htmx:beforeSwap', (event) => {
    if (held(event.detail.target)) event.detail.shouldSwap = false;
  });

  // What is fetched anew takes nobody's place away: what was opened and how far a table was scrolled stays, and whose element is
  // gone (the conversation has ended) finds themselves at the head of its column. htmx keeps the focus where the element is
  // still there.
  let kept;
  body.addEventListener('htmx:beforeSwap', (event) => {
    const part = event.detail.target;
    if (!event.detail.shouldSwap || !part.matches('[data-live]')) return;
    const at = document.activeElement;
    kept = {
      open: [...part.querySelectorAll('details[open][id]')].map((one) => one.id),
      scrolled: [...part.querySelectorAll('[id][tabindex]')].map((one) => [one.id, one.scrollLeft, one.scrollTop]),
      focused: part.contains(at),
      column: at.closest('.column')?.dataset.state,
    };
  });
  body.addEventListener('htmx:afterSwap', () => {
    if (!kept) return;
    const { open, scrolled, focused, column } = kept;
    kept = undefined;
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    for (const [id, left, top] of scrolled) document.getElementById(id)?.scrollTo({ left, top, behavior: 'instant' });
    if (focused && document.activeElement === body) {
      (document.getElementById(`l-${column}`) ?? document.getElementById('main')).focus({ preventScroll: true });
    }
  });

  const over = () => {
    if (!missed) return;
    missed = false;
    everything();
  };
  body.addEventListener('toggle', over, true);
  body.addEventListener('pointerup', over);

  function show(state, text) {
    if (link.dataset.link === state) return;
    link.hidden = false;
    link.dataset.link = state;
    link.textContent = text;
  }
})();
