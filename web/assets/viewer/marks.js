import { make } from '../lib/page.js';

const SHAPES = { active: 'is-active', overdue: 'is-overdue', incident: 'is-incident', added: 'is-added', changed: 'is-changed' };

/**
 * Mark what happened: `{done: [ids], flows: [ids], active: {id: label}, overdue: {id: label}, incident: {id: label}}`;
 * of a comparison: `{added: {id: label}, changed: {id: label}}`.
 * Ids the diagram does not have are passed over: an older matter may run on an older drawing.
 */
export function drawMarks(viewer, { done = [], flows = [], ...labelled }) {
  const drawn = (id) => Boolean(viewer.get('elementRegistry').get(id));
  const canvas = viewer.get('canvas');
  for (const id of [...done, ...flows].filter(drawn)) canvas.addMarker(id, 'is-done');
  for (const [kind, marker] of Object.entries(SHAPES))
    for (const [id, label] of Object.entries(labelled[kind] ?? {}).filter(([id]) => drawn(id))) {
      canvas.addMarker(id, marker);
      if (label) viewer.get('overlays').add(id, { position: { top: -11, left: 4 }, scale: { min: 0.85, max: 1 }, html: make('div', { class: `diagram-label ${marker}` }, label) });
    }
}
