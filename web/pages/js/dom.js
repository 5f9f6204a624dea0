// Makes what pages show. Words of people only ever become text nodes and attribute values, never markup.

const find = (selector, root = document) => root.querySelector(selector);

// el makes an element. A key that begins with "on" is a listener, false and undefined leave an attribute away, true is one
// without a value. Children are elements or texts; null, undefined and false are none.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

// icon copies a drawing that the page brought along.
export function icon(name) {
  const drawing = find(`#icons [data-icon="${CSS.escape(name)}"] svg`);
  return drawing ? drawing.cloneNode(true) : el('span', { hidden: true });
}

// write changes a text only where it differs, so that a screen reader is not told the same again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// show hides an element or takes it out of hiding.
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

// clockTime is the time of day of a moment.
export const clockTime = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

// span is a duration in words: 8 s, 3 min 05 s, 2 h 10 min.
export function span(milliseconds) {
  const s = Math.max(0, Math.round(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
}

const drift = Number(document.body.dataset.now) - Date.now() || 0;

// now is the server's clock as far as this page knows it.
export const now = () => Date.now() + drift;

// grow lets a text field be as high as its text, within what the stylesheet allows.
export function grow(field) {
  field.rows = Math.min(6, Math.max(1, field.value.split('\n').length + Math.floor(field.value.length / 60)));
}

const nearEnd = 48; // pixels

// stick keeps a log at its end, whatever comes and however its room changes, until its reader scrolls up; back at the end it
// sticks again. grown() is told when something was added, toEnd() goes there in any case.
export function stick(log) {
  let end = true;
  let last = 0;
  const toEnd = () => {
    end = true;
    log.scrollTop = log.scrollHeight;
  };
  const grown = () => { if (end) toEnd(); };
  log.addEventListener('scroll', () => { // which also comes when the room has changed: only upwards is the reader's wish
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < nearEnd;
    if (near || log.scrollTop < last) end = near;
    last = log.scrollTop;
  });
  new ResizeObserver(grown).observe(log);
  return { grown, toEnd };
}

// attachments are links to what came along with a word, where it is on the web.
export function attachments(message) {
  return (message.attachments ?? []).filter((file) => /^https:\/\//.test(file.url)).map((file) =>
    el('a', { class: 'file', href: file.url, target: '_blank', rel: 'noopener noreferrer' }, file.name || file.url));
}
