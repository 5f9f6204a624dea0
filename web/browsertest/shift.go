package browsertest

// MostShift is how much of a page may move by itself before people lose their place: the bound of a good cumulative layout
// shift (https://web.dev/articles/cls).
const MostShift = 0.1

// shift is the cumulative layout shift: the worst window of shifts less than a second apart, at most five seconds long. What
// was noted before is told to a new observer in a task of its own, at the latest behind the next frames.
const shift = `new Promise((done) => {
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
  observer.observe({type: 'layout-shift', buffered: true});
  const told = () => {
    seen.push(...observer.takeRecords());
    observer.disconnect();
    let worst = 0, sum = 0, began = 0, last = -Infinity;
    for (const one of seen) {
      if (one.startTime - last >= 1000 || one.startTime - began >= 5000) [sum, began] = [0, one.startTime];
      last = one.startTime;
      sum += one.value;
      worst = Math.max(worst, sum);
    }
    done(worst);
  };
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(told)));
})`

// Shift is the cumulative layout shift of the page since it was opened. It counts what follows on somebody's input as well: ask a
// page that goes on by itself.
func (t *Tab) Shift() float64 {
	t.tb.Helper()
	return Ask[float64](t, shift)
}

// StandsStill fails the test when more of the page than MostShift has moved by itself since it was opened.
func (t *Tab) StandsStill() {
	t.tb.Helper()
	if moved := t.Shift(); moved >= MostShift {
		t.tb.Errorf("%s has moved by itself: its layout shift is %.3f, %.1f is too much", t.at(), moved, MostShift)
	}
}
