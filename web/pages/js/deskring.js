// Rings: two soft tones made here, the title of the tab, and a notification when its person looks elsewhere.
import { show, write } from './dom.js';

const every = 3000; // milliseconds from ring to ring
const quiet = 'handoff.desk.quiet';
const notified = 'handoff.desk.notify';

// Why the browser shows no notifications although its person wants them, by what it answers.
const whyNot = {
  denied: 'The browser refuses notifications from this page. Its settings for this site can allow them.',
  default: 'The browser was not allowed to notify, so it will not.',
};

export class Ringer {
  constructor(part, announce) {
    this.aloud = part('sound');
    this.notifies = part('notify');
    this.told = part('notify-told');
    this.announce = announce;
    this.title = document.title;
    this.ringing = new Map(); // by id: the notification, if there is one
    this.timer = 0;
    this.aloud.checked = localStorage.getItem(quiet) !== 'yes';
    this.aloud.addEventListener('change', () => {
      localStorage.setItem(quiet, this.aloud.checked ? 'no' : 'yes');
      this.wake();
    });
    for (const press of ['pointerdown', 'keydown']) document.addEventListener(press, () => this.audio?.resume());
    if (!('Notification' in window)) return;
    show(part('notify-choice'), true);
    if (localStorage.getItem(notified) === 'yes') this.wish(Notification.permission);
    this.notifies.addEventListener('change', () => this.wished());
  }

  // wake needs a press of the person.
  wake() {
    this.audio ??= new AudioContext();
    this.audio.resume();
  }

  // wished follows a press on the choice, and nothing else: whoever did not ask for notifications is not asked about them, and
  // whoever refused them is not asked again.
  async wished() {
    const wanted = this.notifies.checked;
    localStorage.setItem(notified, wanted ? 'yes' : 'no');
    if (!wanted) return show(this.told, false);
    return this.wish(Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission);
  }

  wish(permission) {
    this.notifies.checked = permission === 'granted';
    if (permission !== 'granted') localStorage.setItem(notified, 'no');
    write(this.told, whyNot[permission] ?? '');
    show(this.told, permission in whyNot);
  }

  // ring is told of all chats that ring now.
  ring(chats) {
    for (const [id, notification] of this.ringing) {
      if (chats.some((chat) => chat.id === id)) continue;
      notification?.close();
      this.ringing.delete(id);
    }
    for (const chat of chats) if (!this.ringing.has(chat.id)) this.begin(chat);
    document.documentElement.toggleAttribute('data-ringing', chats.length > 0);
    document.title = chats.length > 0 ? `☎ ${chats[0].customer}${chats.length > 1 ? ` and ${chats.length - 1} more` : ''} – ${this.title}` : this.title;
    if (chats.length > 0 && this.timer === 0) {
      this.sound();
      this.timer = setInterval(() => this.sound(), every);
    }
    if (chats.length === 0) {
      clearInterval(this.timer);
      this.timer = 0;
    }
  }

  begin(chat) {
    this.announce(`${chat.customer} rings: ${chat.ringWords}`);
    this.ringing.set(chat.id, this.notify(chat));
  }

  notify(chat) {
    if (!this.notifies.checked || (!document.hidden && document.hasFocus())) return null;
    let notification;
    try {
      notification = new Notification(chat.customer, { body: chat.ringWords, tag: chat.id, requireInteraction: true });
    } catch {
      return null; // browsers of phones let only installed apps notify, and say so here
    }
    notification.addEventListener('click', () => { window.focus(); notification.close(); });
    return notification;
  }

  sound() {
    if (!this.aloud.checked) return;
    this.audio ??= new AudioContext(); // without a press so far it stays silent until one comes
    const now = this.audio.currentTime;
    [[659, 0], [880, 0.18], [659, 0.5], [880, 0.68]].forEach(([pitch, at]) => {
      const tone = this.audio.createOscillator();
      const loudness = this.audio.createGain();
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.0001, now + at);
      loudness.gain.exponentialRampToValueAtTime(0.12, now + at + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.3);
      tone.connect(loudness).connect(this.audio.destination);
      tone.start(now + at);
      tone.stop(now + at + 0.32);
    });
  }
}
