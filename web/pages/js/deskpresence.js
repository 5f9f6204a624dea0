// Whether chats may ring here. The server has the state; this page shows it, on every tab and device, and changes it only when
// its person chooses.
import { write, show } from './dom.js';

export class Presence {
  constructor(page, part, desk, refused) {
    this.page = page;
    this.part = part;
    this.desk = desk;
    this.refused = refused;
    this.choices = [...page.querySelectorAll('[name=presence]')];
    this.state = '';
    this.asked = 0; // the newest question; answers to older ones are out of date
    for (const choice of this.choices) choice.addEventListener('change', () => this.choose(choice.value));
    // The pulse comes from a worker: a page in the background may run its own timers once a minute only, and its person would
    // count as gone.
    const pulse = new Worker(new URL('deskpulse.js', import.meta.url));
    pulse.postMessage(Number(page.dataset.beatEvery));
    pulse.addEventListener('message', () => this.beat());
  }

  // choose is the only place where this page says what its person wants.
  choose(state) {
    this.desk.wake();
    return this.ask('PUT', '/v1/me/presence', { state });
  }

  // look reads what stands, because somebody chose, here or elsewhere, or seats were taken.
  look() { return this.ask('GET', '/v1/me/presence'); }

  async ask(method, path, body) {
    const number = ++this.asked;
    try {
      const answer = await this.desk.ask(method, path, body);
      if (number === this.asked) this.draw(answer.body);
    } catch (fault) {
      if (!this.refused(fault) && number === this.asked) this.mark(); // what was chosen did not arrive
    }
  }

  // beat says that somebody is here, and hears whether the state is still the one that is shown.
  async beat() {
    const { asked } = this;
    try {
      const { body } = await this.desk.ask('POST', '/v1/me/heartbeat', {});
      if (asked === this.asked && body.state !== this.state) await this.look();
    } catch (fault) {
      this.refused(fault);
    }
  }

  draw(now) {
    this.state = now.state;
    this.mark();
    write(this.part('seats'), `${now.busy} of ${now.capacity} seats taken${now.queues.length ? ' · ' + now.queues.join(', ') : ' · no queue'}`);
    write(this.part('presence-why'), now.reason ? `${names[now.state]}: ${now.reason}` : '');
    show(this.part('presence-why'), Boolean(now.reason));
    this.desk.changed();
  }

  mark() {
    this.page.dataset.presence = this.state || 'offline';
    for (const choice of this.choices) choice.checked = choice.value === this.state;
  }

  get idleText() {
    if (this.state === 'online') return 'You are online. The next chat rings here.';
    if (this.state === 'away') return 'You are away: you keep your chats, and nothing rings.';
    return 'Go online, and chats ring here.';
  }
}

const names = { online: 'Online', away: 'Away', offline: 'Signed off' };
