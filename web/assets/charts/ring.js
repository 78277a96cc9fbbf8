import { t } from '../lib/texts.js';

const SIZE = 360;
const OUTER = 176;
const INNER = 88;
const GAP = 0.022;
// Letters of a name that a segment has room for.
const WIDEST = 14;

/**
 * The loop as a ring, clockwise from the top:
 * `{total, label, stages: [{name, count, note, url, light, stuck}]}`; `light` colours the edge, `note` is one short line.
 * Segments are equal: a stage with one matter must be as easy to hit as one with a hundred.
 */
export function drawRing(place, { total, label, stages }) {
  const svg = shape('svg', { viewBox: `0 0 ${SIZE} ${SIZE}`, class: 'ring', role: 'group', 'aria-label': label });
  svg.append(...stages.map((stage, index) => segment(stage, index, stages.length)));
  svg.append(text(SIZE / 2, SIZE / 2 - 2, total, 'ring-total'), text(SIZE / 2, SIZE / 2 + 24, label, 'ring-label'));
  place.replaceChildren(svg);
}

function segment({ name, count, note, url, light = 'grey', stuck = 0 }, index, of) {
  const [from, to] = [index, index + 1].map((step) => (step / of) * 2 * Math.PI - Math.PI / 2);
  const middle = (from + to) / 2;
  const [x, y] = point((OUTER + INNER) / 2 - 6, middle);
  const words = [name, t('ring.count', { count }), note, stuck ? t('ring.stuck', { count: stuck }) : ''].filter(Boolean).join(t('ring.comma'));
  const link = shape(url ? 'a' : 'g', { class: `ring-stage light-${light}`, 'aria-label': words, ...(url ? { href: url } : { role: 'img' }) });
  link.append(
    shape('path', { d: band(INNER, OUTER, from + GAP, to - GAP), class: 'ring-band' }),
    shape('path', { d: band(OUTER - 6, OUTER, from + GAP, to - GAP), class: 'ring-edge' }),
    ...linesOf(name).map((line, number, lines) => text(x, y - 20 - 14 * (lines.length - 1 - number), line, 'ring-name')), text(x, y + 4, count, 'ring-count'), text(x, y + 22, note ?? '', 'ring-note'),
  );
  return link;
}

/** A name of several words that is too wide for its segment stands in two lines. */
function linesOf(name) {
  const space = name.lastIndexOf(' ');
  return name.length > WIDEST && space > 0 ? [name.slice(0, space), name.slice(space + 1)] : [name];
}

function band(inner, outer, from, to) {
  const [[a, b], [c, d]] = [point(outer, from), point(outer, to)];
  const [[e, f], [g, h]] = [point(inner, to), point(inner, from)];
  return `M${a} ${b}A${outer} ${outer} 0 0 1 ${c} ${d}L${e} ${f}A${inner} ${inner} 0 0 0 ${g} ${h}Z`;
}

function point(radius, angle) {
  return [Math.cos(angle), Math.sin(angle)].map((part) => Number((SIZE / 2 + radius * part).toFixed(2)));
}

function text(x, y, content, name) {
  const made = shape('text', { x, y, class: name, 'text-anchor': 'middle' });
  made.textContent = content;
  return made;
}

function shape(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
