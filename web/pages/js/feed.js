// Reads a conversation's feed as it grows: a stream of server-sent events, read with fetch, because the token belongs
// into a header and not into an address. After each loss it goes on behind the last sequence that it has read.
import { at, call, rest, Refused } from './net.js';

const silence = 40000; // milliseconds: the server is heard of every 15 s

// Feed tells: event(e, from) for each event, where from is the last sequence that was read before it; linked(yes) when the line is
// up or down; caughtUp() once all that was there has been told; gone(status) when this reader may not read on.
export class Feed {
  constructor(path, token, after, tell) {
    this.path = path;
    this.headers = { Authorization: `Bearer ${token}` };
    this.after = after;
    this.tell = tell;
    this.ended = false;
    this.aliveAt = 0; // when the server was heard of last
    this.cut = new AbortController();
    this.drop = () => this.cut.abort();
    window.addEventListener('offline', this.drop);
  }

  end() {
    this.ended = true;
    window.removeEventListener('offline', this.drop);
    this.cut.abort();
  }

  // run reads on until it is ended. Who hears from elsewhere what comes reads once what is there.
  async run(once = false) {
    for (let tries = 0; !this.ended; tries++) {
      this.cut = new AbortController();
      try {
        await this.catchUp();
        tries = 0;
        this.tell.linked(true);
        if (once) return;
        await this.stream();
      } catch (fault) {
        if (this.ended) return;
        if (fault instanceof Refused) {
          this.end();
          this.tell.gone(fault.status);
          return;
        }
      }
      if (this.ended) return;
      this.tell.linked(false);
      await rest(tries);
    }
  }

  // catchUp reads what is there already.
  async catchUp() {
    for (;;) {
      const { body } = await call('GET', `${this.path}?after=${this.after}`, { headers: this.headers, signal: this.cut.signal });
      for (const event of body.events) this.take(event);
      if (body.next === this.after && body.events.length === 0) break;
      this.after = body.next;
    }
    this.tell.caughtUp();
  }

  take(event) {
    const from = this.after;
    if (event.sequence !== undefined) {
      if (event.sequence <= this.after) return;
      this.after = event.sequence;
    }
    this.tell.event(event, from);
  }

  async stream() {
    const cut = this.cut;
    let watchdog;
    const alive = () => {
      this.aliveAt = Date.now();
      clearTimeout(watchdog);
      watchdog = setTimeout(() => cut.abort(), silence);
    };
    alive();
    try {
      const answer = await fetch(at(`${this.path}?after=${this.after}`), {
        headers: { ...this.headers, Accept: 'text/event-stream' }, signal: cut.signal, cache: 'no-store',
      });
      if (!answer.ok) return; // the next catch-up is told why
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        alive();
        const parts = (rest + value).split('\n\n');
        rest = parts.pop();
        for (const part of parts) {
          const data = part.split('\n').find((line) => line.startsWith('data: '));
          if (data) this.take(JSON.parse(data.slice(6)));
        }
      }
    } finally {
      clearTimeout(watchdog);
    }
  }
}
