import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { language } from '../lib/texts.js';
import { optionsOf } from './options.js';

echarts.use([BarChart, LineChart, HeatmapChart, GridComponent, TooltipComponent, LegendComponent, VisualMapComponent, AriaComponent, SVGRenderer]);

/** Draw one chart; it follows the size of its place and the theme, and a click on a value with a `url` goes there. */
export function drawChart(place, given) {
  place.replaceChildren();
  const chart = echarts.init(place, null, { renderer: 'svg', locale: language === 'zh' ? 'ZH' : 'EN' });
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', given.title ?? '');
  const draw = () => chart.setOption(optionsOf(given, getComputedStyle(place), place.clientWidth), true);
  chart.on('click', ({ data }) => { if (data?.url) window.location.assign(data.url); });
  document.addEventListener('bihuan:theme', draw);
  new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
  draw();
}
