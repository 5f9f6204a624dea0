// Rings: two soft tones made here, the title of the tab, and a notification when nobody looks at the page.
const every = 3000; // milliseconds from ring to ring

export class Ringer {
  constructor(soundChoice, announce) {
    this.choice = soundChoice;
    this.announce = announce;
    this.title = document.title;
    this.ringing = new Map(); // by id: the notification, if there is one
    this.timer = 0;
    this.rang = 0; // how often, for whoever asks
    this.choice.checked = localStorage.getItem('handoff.desk.quiet') !== 'yes';
    this.choice.addEventListener('change', () => {
      localStorage.setItem('handoff.desk.quiet', this.choice.checked ? 'no' : 'yes');
      this.allow();
    });
    const wake = () => this.audio?.resume();
    for (const press of ['pointerdown', 'keydown']) document.addEventListener(press, wake);
  }

  // allow asks for what needs a press of the person.
  allow() {
    this.audio ??= new AudioContext();
    this.audio.resume();
    if ('Notification' in window && Notification.permission === 'default') Notification.requestPermission();
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
    if (!('Notification' in window) || Notification.permission !== 'granted' || !document.hidden) return null;
    const notification = new Notification(chat.customer, { body: chat.ringWords, tag: chat.id, requireInteraction: true });
    notification.addEventListener('click', () => { window.focus(); notification.close(); });
    return notification;
  }

  sound() {
    this.rang++;
    if (!this.choice.checked) return;
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
