import './charts/charts.css';
import { jsonOf } from './lib/page.js';
import { drawRing } from './charts/ring.js';

for (const place of document.querySelectorAll('[data-ring]')) drawRing(place, jsonOf(place.dataset.values));

const charts = [...document.querySelectorAll('[data-chart]')];
// The library is larger than everything else on the page: fetched only where a chart is.
if (charts.length) {
  const { drawChart } = await import('./charts/chart.js');
  for (const place of charts) drawChart(place, jsonOf(place.dataset.options));
}
