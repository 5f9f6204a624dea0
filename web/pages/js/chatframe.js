// In a frame, the widget of the page around it opens and closes the chat, and counts what comes while it is closed. It is told that
// something happened, and never what: that page is one of the bot's origins, and no more.

export class Frame {
  // told hears what the widget does: forget() the chat. focus() is told when the frame is given the focus.
  constructor(store, told, focus) {
    this.store = store;
    this.framed = window.parent !== window;
    this.open = !this.framed;
    this.others = []; // sequences of what others have said
    this.counts = false; // not before what was said earlier has been read
    if (!this.framed) return;
    window.addEventListener('message', ({ source, data }) => {
      if (source !== window.parent || !data) return;
      if (data.handoff === 'forget') told.forget();
      if (data.handoff === 'open' || data.handoff === 'closed') {
        this.open = data.handoff === 'open';
        this.count();
      }
    });
    document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && !e.isComposing) this.tell('close'); });
    window.addEventListener('focus', focus);
  }

  tell(what, more = {}) {
    if (this.framed) window.parent.postMessage({ handoff: what, ...more }, '*');
  }

  // said: somebody else has said something.
  said(sequence) {
    this.others.push(sequence);
    this.count();
  }

  // count tells how much of it was not read. What is said while the window is open is read.
  count() {
    if (this.open) this.store.keepRead(this.others.at(-1) ?? 0);
    if (!this.counts) return;
    const { read } = this.store;
    this.tell('unread', { count: this.others.filter((sequence) => sequence > read).length });
  }

  // chat tells whether there is a conversation with which other pages go on.
  chat() { this.tell('chat', { on: this.store.stored !== undefined }); }

  caughtUp() {
    this.counts = true;
    this.count();
  }

  reset() {
    this.others = [];
    this.count();
    this.counts = false;
    this.chat();
  }
}
