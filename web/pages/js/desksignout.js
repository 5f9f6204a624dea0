// Asks before the last sign-out takes somebody away from chats that are open. Who stays signed in elsewhere is not asked:
// nothing changes for them.
import { el } from './dom.js';

export function askBeforeSignOut(desk, openChats) {
  for (const form of document.querySelectorAll('form[action$="/logout"]')) {
    form.addEventListener('submit', async (e) => {
      const open = openChats();
      if (open === 0) return;
      e.preventDefault();
      if (!form.elements.everywhere && await elsewhere(desk)) return form.submit();
      ask(desk, open, () => form.submit());
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

function ask({ dialog }, open, signOut) {
  const chats = open === 1 ? 'The chat that is open goes' : `The ${open} chats that are open go`;
  dialog.replaceChildren(el('form', { class: 'stack', method: 'dialog' }, el('h2', { id: 'ask-title' }, 'Sign out?'),
    el('p', {}, `${chats} back to the queue, and somebody else takes over. After-call work that is not completed is closed.`),
    el('div', { class: 'row' }, el('button', { class: 'primary', type: 'button', onclick: signOut }, 'Sign out'),
      el('button', {}, 'Stay'))));
  dialog.showModal();
}
