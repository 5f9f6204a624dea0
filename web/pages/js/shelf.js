// A storage of the browser that never fails: what the browser refuses to keep stays in memory, until the page is left.
export class Shelf {
  constructor(storage) {
    this.storage = storage; // answers it, or throws where the browser forbids it
    this.memory = new Map();
  }

  get(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return this.storage().getItem(key);
    } catch {
      return null;
    }
  }

  set(key, text) {
    try {
      this.storage().setItem(key, text);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, text);
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      this.storage().removeItem(key);
    } catch { /* forbidden: there was none */ }
  }

  // keys are those that begin like this.
  keys(prefix) {
    let stored = [];
    try {
      stored = Object.keys(this.storage());
    } catch { /* forbidden: there are none */ }
    return [...new Set([...stored, ...this.memory.keys()])].filter((key) => key.startsWith(prefix));
  }

  // value is what JSON says under a key; undefined if there is nothing, or something that we did not write.
  value(key) {
    try {
      return JSON.parse(this.get(key) ?? '') ?? undefined;
    } catch {
      return undefined;
    }
  }

  setValue(key, value) { this.set(key, JSON.stringify(value)); }
}
