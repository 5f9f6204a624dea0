// The button by which the customer asks for a person, shown while the bot has the chat.
import { show, write } from './dom.js';
import { Refused, Unreachable, rest } from './net.js';
import { say } from './chatwords.js';

export class Ask {
  // panel is there if the policy lets customers ask. send() is one try to ask; answered() is called when that is over.
  constructor(panel, send, answered) {
    this.panel = panel;
    if (!panel) return;
    this.button = panel.querySelector('button');
    this.later = panel.querySelector('[role=status]');
    this.button.addEventListener('click', () => this.press(send, answered));
  }

  show(is) {
    if (!this.panel) return;
    show(this.panel, is);
    if (!is) write(this.later, '');
  }

  async press(send, answered) {
    this.button.disabled = true;
    write(this.later, '');
    this.tellLater(await this.ask(send));
    this.button.disabled = false;
    answered();
  }

  // ask answers after how many seconds she can ask again; 0: that is not told. Why nobody comes the service says in the chat.
  async ask(send) {
    for (let tries = 0; ; tries++) {
      try {
        return (await send()).body.failure?.retry_after_seconds ?? 0;
      } catch (fault) {
        if (fault instanceof Refused) return 0; // the chat has gone on: the page shows how it stands now
        if (!(fault instanceof Unreachable)) throw fault;
        if (fault.wait > 0) return fault.wait / 1000;
        await rest(tries);
      }
    }
  }

  tellLater(seconds) {
    if (seconds > 0) write(this.later, say('ask_later', { time: `${Math.ceil(seconds / 60)} min` }));
  }
}
