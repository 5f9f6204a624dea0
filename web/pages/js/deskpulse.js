// A worker that beats: timers of a worker keep their pace when its page is in the background.
self.addEventListener('message', (event) => setInterval(() => self.postMessage('beat'), event.data));
