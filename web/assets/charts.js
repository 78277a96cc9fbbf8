import './charts/charts.css';
import { drawRing } from './charts/ring.js';
import { arriving } from './lib/arriving.js';
import { jsonOf } from './lib/page.js';

arriving('[data-ring]', (place) => drawRing(place, jsonOf(place.dataset.values)));
// The library is larger than everything else on the page: fetched only where a chart is.
arriving('[data-chart]', async (place) => (await import('./charts/chart.js')).drawChart(place, jsonOf(place.dataset.options)));
