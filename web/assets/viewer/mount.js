import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './viewer.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import { make } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { drawMarks } from './marks.js';
import { zoomButtons } from './zoom.js';

const LOWEST = 200;
const HIGHEST = 480;
const MARK_LINE = 88;

/** Show a diagram in `place`, fitted to it, with the path of a matter marked; resolves to the viewer, or null. */
export async function mountDiagram(place, { url, marks = {} }) {
  const answer = await send('GET', url, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) return refuse(place, reasonOf(answer));
  const canvas = make('div', { class: 'diagram-canvas' });
  // The wheel scrolls the page: a diagram in the middle of it must not catch the pointer.
  place.replaceChildren(canvas);
  const viewer = new NavigatedViewer({ container: canvas, moddleExtensions: { camunda }, zoomScroll: { enabled: false } });
  try {
    await viewer.importXML(answer.body);
  } catch {
    return refuse(place, t('diagram.unreadable'));
  }
  drawMarks(viewer, marks);
  nameShapes(viewer);
  nameDrawing(canvas.querySelector('svg'));
  place.append(zoomButtons(viewer));
  keepFitted(viewer, place);
  place.dispatchEvent(new CustomEvent('bihuan:drawn', { detail: viewer, bubbles: true }));
  return viewer;
}

function refuse(place, text) {
  place.replaceChildren(make('p', { class: 'empty-state', role: 'status' }, text));
  return null;
}

// The server renders the same story as a list; here the drawing is one picture with a name.
function nameDrawing(svg) {
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', t('diagram.name'));
}

function nameShapes(viewer) {
  const registry = viewer.get('elementRegistry');
  for (const element of registry.filter(({ businessObject }) => businessObject?.name)) {
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
    title.textContent = element.businessObject.name;
    registry.getGraphics(element).prepend(title);
  }
}

// As high as the drawing needs at this width, with the mark's line below it. Until somebody zooms or moves the
// canvas, it follows the width of its place.
function keepFitted(viewer, place) {
  const canvas = viewer.get('canvas');
  const { inner } = canvas.viewbox();
  let fitted = true;
  let fitting = false;
  let width = 0;
  const fit = () => {
    fitting = true;
    const height = inner.height * Math.min(1, place.clientWidth / inner.width) + MARK_LINE;
    place.style.height = `${Math.min(Math.max(height, LOWEST), HIGHEST)}px`;
    canvas.resized();
    if (fitted) fitInto(canvas);
    fitting = false;
  };
  viewer.on('canvas.viewbox.changed', () => { if (!fitting) fitted = false; });
  place.addEventListener('bihuan:fit', () => { fitted = true; fit(); });
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    fit();
  }).observe(place);
}

/** The whole diagram, in the middle, never drawn larger than life; `left` keeps room for a palette. */
export function fitInto(canvas, { left = 0, margin = 12 } = {}) {
  const { inner, outer } = canvas.viewbox();
  const scale = Math.min(1, (outer.width - left - 2 * margin) / inner.width, (outer.height - 2 * margin) / inner.height);
  if (!(scale > 0)) return;
  canvas.viewbox({
    x: inner.x + inner.width / 2 - (outer.width + left) / 2 / scale,
    y: inner.y + inner.height / 2 - outer.height / 2 / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}
