const NARROW = 480;

/**
 * Our small description of a chart -> ECharts options in our colours.
 * `{kind: "bar"|"line"|"heatmap", title, unit, categories: [..], series: [{name, values: [number|null|{value, url, light}]}]}`;
 * a heat map has `rows: [..]` and `values: [[column, row, number|null, url?]]` in place of series.
 */
export function optionsOf(given, style, width) {
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const narrow = width < NARROW;
  const base = {
    animation: false,
    // Fills differ by hatching as well as by colour.
    aria: { enabled: true, label: { enabled: false }, decal: { show: (given.series?.length ?? 0) > 1 } },
    color: ['accent', 'lamp-green', 'lamp-orange', 'lamp-grey', 'lamp-red', 'lamp-yellow'].map(colour),
    textStyle: { fontFamily: colour('sans'), color: colour('ink'), fontSize: 12 },
    // An HTML tip would need inline styles, which the Content-Security-Policy refuses.
    tooltip: tip(given, colour),
    grid: { left: 8, right: given.kind === 'bar' ? 72 : 24, top: given.series?.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
  };
  return { ...base, ...{ bar, line, heatmap }[given.kind](given, colour, narrow) };
}

function tip(given, colour) {
  return {
    trigger: given.kind === 'line' ? 'axis' : 'item',
    renderMode: 'richText',
    confine: true,
    backgroundColor: colour('card'),
    borderColor: colour('line'),
    textStyle: { color: colour('ink'), fontSize: 12 },
    valueFormatter: (value) => shown(value, given.unit),
  };
}

function bar({ categories, series, unit }, colour) {
  return {
    ...legend(series, colour),
    xAxis: valueAxis(colour),
    yAxis: { ...categoryAxis(categories, colour), inverse: true },
    series: series.map(({ name, values }) => ({
      type: 'bar',
      name,
      barMaxWidth: 18,
      data: values.map((value) => lit(value, colour)),
      label: { show: series.length === 1, position: 'right', color: colour('ink'), textBorderWidth: 0, formatter: ({ value }) => shown(value, unit) },
    })),
  };
}

function line({ categories, series }, colour) {
  return {
    ...legend(series, colour),
    xAxis: categoryAxis(categories, colour),
    yAxis: valueAxis(colour, true),
    series: series.map(({ name, values }, index) => ({
      type: 'line',
      name,
      symbol: ['circle', 'triangle', 'rect', 'diamond'][index % 4],
      symbolSize: 7,
      lineStyle: { width: 2, type: ['solid', 'dashed', 'dotted'][index % 3] },
      // A missing value is a gap, never a line drawn across it.
      connectNulls: false,
      data: values,
    })),
  };
}

function heatmap({ categories, rows, values, min, max, unit }, colour, narrow) {
  return {
    xAxis: { ...categoryAxis(categories, colour), axisLabel: { color: colour('quiet'), rotate: narrow ? 90 : 0, interval: 0 } },
    yAxis: { ...categoryAxis(rows, colour), inverse: true },
    grid: { left: 8, right: 8, top: 8, bottom: 44, containLabel: true },
    visualMap: {
      min, max, text: [max, min], orient: 'horizontal', left: 'center', bottom: 4, itemHeight: 90, itemWidth: 12, precision: 0,
      textStyle: { color: colour('quiet') },
      inRange: { color: [colour('card'), colour('heat-high')] },
    },
    series: [{
      type: 'heatmap',
      label: { show: !narrow, color: colour('ink'), textBorderWidth: 0, formatter: ({ value }) => shown(value, unit) },
      itemStyle: { borderColor: colour('card'), borderWidth: 1 },
      data: values.map(([column, row, value, url]) => ({ value: [column, row, value ?? '-'], url })),
    }],
  };
}

function legend(series, colour) {
  return series.length > 1 ? { legend: { top: 0, left: 0, itemHeight: 10, textStyle: { color: colour('ink') } } } : {};
}

function categoryAxis(data, colour) {
  return {
    type: 'category',
    data,
    axisLabel: { color: colour('quiet') },
    axisLine: { lineStyle: { color: colour('line-strong') } },
    axisTick: { show: false },
  };
}

function valueAxis(colour, scale = false) {
  return { type: 'value', scale, axisLabel: { color: colour('quiet') }, splitLine: { lineStyle: { color: colour('line') } } };
}

function lit(value, colour) {
  if (value === null || typeof value !== 'object') return value;
  return { ...value, ...(value.light ? { itemStyle: { color: colour(`lamp-${value.light}`) } } : {}) };
}

function shown(value, unit = '') {
  const one = Array.isArray(value) ? value.at(-1) : value;
  return one === null || one === undefined || one === '-' ? '—' : `${one}${unit}`;
}
