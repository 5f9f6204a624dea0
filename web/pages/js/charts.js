// Draws the history of a flow from its table, which is all that there is to see without this script. A chart is drawn anew
// when its room or the colours change.
(() => {
  'use strict';
  const table = document.getElementById('history');
  const charts = document.getElementById('charts');
  if (!table || !charts) return;
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  const times = rows.map((row) => Number(row.dataset.at) / 1000);
  const colours = ['--s-agent', '--s-offered'];
  const dashes = [[], [6, 4]]; // so that nobody has to tell colours apart
  const height = 170;
  let drawn = [];

  const column = (name) => heads.findIndex((head) => head.dataset.series === name);
  const values = (at) => rows.map((row) => {
    const text = row.cells[at].dataset.value;
    return text === '' ? null : Number(text);
  });

  function shown(n, unit) {
    if (n == null) return '–';
    if (unit === '%') return `${Math.round(n)} %`;
    if (unit !== 's') return String(n);
    if (n < 60) return `${Math.round(n)} s`;
    if (n < 3600) return `${Math.round(n / 6) / 10} min`;
    return `${Math.round(n / 360) / 10} h`;
  }

  function draw() {
    for (const chart of drawn) chart.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: `11px ${style.getPropertyValue('--font')}` };
    drawn = [...charts.querySelectorAll('[data-chart]')].map((place) => {
      const unit = place.dataset.unit;
      const names = place.dataset.chart.split(',');
      const series = names.map((name, i) => ({
        label: heads[column(name)].textContent, stroke: colour(colours[i]), width: 2, dash: dashes[i], points: { show: true, size: 5 },
        value: (_, n) => shown(n, unit),
      }));
      return new uPlot({
        width: Math.max(place.clientWidth, 200), height, cursor: { drag: { x: false, y: false } },
        scales: { y: { range: (_, low, high) => [0, unit === '%' ? 100 : Math.max(high, 1) * 1.1] } },
        axes: [axis, { ...axis, size: 56, values: (_, all) => all.map((n) => shown(n, unit)) }],
        series: [{ label: 'Hour', value: (_, at) => (at == null ? '–' : new Date(at * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })) }, ...series],
      }, [times, ...names.map((name) => values(column(name)))], place);
    });
  }

  charts.hidden = false;
  draw();
  let width = charts.clientWidth;
  new ResizeObserver(() => {
    if (charts.clientWidth === width) return;
    width = charts.clientWidth;
    draw();
  }).observe(charts);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
