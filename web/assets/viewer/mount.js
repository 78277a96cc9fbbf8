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

// Until somebody zooms or moves the canvas, it follows the size of its place.
function keepFitted(viewer, place) {
  const canvas = viewer.get('canvas');
  let fitted = true;
  let fitting = false;
  const fit = () => {
    fitting = true;
    canvas.resized();
    if (fitted) fitInto(canvas);
    fitting = false;
  };
  viewer.on('canvas.viewbox.changed', () => { if (!fitting) fitted = false; });
  place.addEventListener('bihuan:fit', () => { fitted = true; fit(); });
  new ResizeObserver(fit).observe(place);
  fit();
}

/** The whole diagram, in the middle, never drawn larger than life. */
export function fitInto(canvas) {
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}
