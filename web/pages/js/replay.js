// Shows the conversation as it stood at the step to which the slider is moved. One request runs at a time, for the step that
// was wanted last. The slider is kept when the rest of the page is fetched anew, so that nobody is thrown back; only its end
// follows the timeline.
(() => {
  'use strict';
  const body = document.body;
  let wanted = '';
  let running = false;

  async function show(slider) {
    wanted = slider.value;
    if (running) return;
    running = true;
    try {
      for (let shown = ''; shown !== wanted;) {
        shown = wanted;
        const answer = await fetch(`${slider.dataset.then}&at=${shown}`);
        if (!answer.ok || answer.redirected) return;
        const part = document.createElement('template');
        part.innerHTML = await answer.text();
        document.getElementById('then').replaceWith(part.content);
        body.dispatchEvent(new CustomEvent('htmx:load', { detail: { elt: document.getElementById('then') } }));
      }
    } finally {
      running = false;
    }
  }

  body.addEventListener('input', (event) => {
    if (event.target.id === 'slider') show(event.target);
  });
  body.addEventListener('htmx:load', () => {
    const live = document.getElementById('live');
    const slider = document.getElementById('slider');
    if (live && slider && live.dataset.sequence) slider.max = live.dataset.sequence;
  });
})();
