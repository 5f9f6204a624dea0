// Forgets with a sign-out what its person has left in this browser: drafts, and words that were not sent. A session that is over by
// itself leaves them for the next sign-in.
import { Shelf } from './shelf.js';

// keptFor answers under which keys something of a person's chats is kept, with the chats' ids. One name may begin like another.
export function keptFor(me) {
  const begin = `handoff.desk.${me}.`;
  const keys = new Shelf(() => localStorage).keys(`${begin}cv_`);
  return new Map(keys.map((key) => [key, key.slice(begin.length)]));
}

// forgetWhenLeft forgets as the page goes: until then what the sign-out itself changes may be written down again.
export function forgetWhenLeft(me) {
  window.addEventListener('pagehide', () => {
    const shelf = new Shelf(() => localStorage);
    for (const key of keptFor(me).keys()) shelf.remove(key);
    new Shelf(() => sessionStorage).remove('handoff.desk.current');
  }, { once: true });
}

// Whoever asks first prevents the form's own way, and forgets when the answer is yes.
document.addEventListener('submit', (e) => {
  if (e.target.matches('form[action$="/logout"]') && !e.defaultPrevented) forgetWhenLeft(e.target.dataset.me);
});
