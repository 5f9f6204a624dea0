// Asks before a sign-out takes somebody away from chats that are open, or forgets what they have not sent. Who stays signed in
// elsewhere keeps the chats.
import { el } from './dom.js';
import { forgetWhenLeft } from './signout.js';

export function askBeforeSignOut(desk, openChats, unsentChats) {
  for (const form of document.querySelectorAll('form[action$="/logout"]')) {
    const signOut = () => {
      forgetWhenLeft(desk.me);
      form.submit();
    };
    form.addEventListener('submit', async (e) => {
      const open = openChats();
      const unsent = unsentChats();
      if (open === 0 && unsent === 0) return;
      e.preventDefault();
      const goes = open > 0 && (form.elements.everywhere || !await elsewhere(desk)) ? open : 0;
      if (goes === 0 && unsent === 0) return signOut();
      ask(desk, goes, unsent, signOut);
    });
  }
}

// elsewhere reports whether this is not the last sign-in. Where that cannot be told, it counts as the last.
async function elsewhere(desk) {
  try {
    const { body } = await desk.ask('GET', '/v1/login');
    return body.sessions > 1;
  } catch {
    return false;
  }
}

function ask({ dialog }, open, unsent, signOut) {
  const chats = open === 1 ? 'The chat that is open goes' : `The ${open} chats that are open go`;
  const told = [];
  if (open > 0) told.push(`${chats} back to the queue, and somebody else takes over. After-call work that is not completed is closed.`);
  if (unsent > 0) told.push('What you have written and not sent is deleted.');
  dialog.replaceChildren(el('form', { class: 'stack', method: 'dialog' }, el('h2', { id: 'ask-title' }, 'Sign out?'),
    ...told.map((text) => el('p', {}, text)),
    el('div', { class: 'row' }, el('button', { class: 'primary', type: 'button', onclick: signOut }, 'Sign out'),
      el('button', {}, 'Stay'))));
  dialog.showModal();
}
