import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { translate } from './translate.js';

const OVERLAY = 'bihuan-problem';

/**
 * The list at the foot: what the drawing itself shows wrong (as one draws) and what the last check or deployment said.
 * `{element, severity: "error"|"warning", message, code}`; a click goes to the shape and selects it.
 */
export function problemList(modeler, place) {
  let drawn = [];
  let checked = [];
  let stale = false;

  modeler.on('linting.completed', ({ issues }) => {
    drawn = Object.entries(issues).flatMap(([element, found]) =>
      found.map(({ category, message, rule }) => ({ element, severity: category === 'error' ? 'error' : 'warning', message: translate(message), code: rule })));
    render();
  });
  modeler.on('commandStack.changed', () => {
    if (!checked.length || stale) return;
    stale = true;
    render();
  });

  function show(problems) {
    checked = problems;
    stale = false;
    markShapes();
    render();
  }

  function markShapes() {
    const overlays = modeler.get('overlays');
    overlays.remove({ type: OVERLAY });
    for (const [element, found] of grouped(checked)) {
      if (!modeler.get('elementRegistry').get(element)) continue;
      const severity = found.some((problem) => problem.severity === 'error') ? 'error' : 'warning';
      const mark = make('div', { class: `designer-mark is-${severity}`, title: found.map(({ message }) => message).join('\n') }, severity === 'error' ? '!' : '?');
      overlays.add(element, OVERLAY, { position: { top: -10, right: 10 }, html: mark });
    }
  }

  function render() {
    if (!place) return;
    const head = drawn.length + checked.length ? t('problems.count', { errors: count('error'), warnings: count('warning') }) : t('problems.none');
    place.replaceChildren(
      make('h2', { class: 'designer-problems-head' }, head, stale ? make('small', {}, t('problems.stale')) : null),
      make('ul', {}, ...[...checked, ...drawn].map((problem) => make('li', {}, entry(problem)))));
  }

  function entry({ element, severity, message }) {
    const shape = element && modeler.get('elementRegistry').get(element);
    const name = shape?.businessObject?.name || element || t('problems.diagram');
    const button = make('button', { type: 'button', class: `designer-problem is-${severity}` },
      make('span', { class: `light light-${severity === 'error' ? 'red' : 'yellow'}` }, make('span', { class: 'unseen' }, t(`problems.${severity}`))),
      make('b', {}, name), make('span', {}, message));
    if (shape) button.addEventListener('click', () => goTo(modeler, shape));
    return button;
  }

  const count = (severity) => [...checked, ...drawn].filter((problem) => problem.severity === severity).length;
  render();
  return { show };
}

function goTo(modeler, shape) {
  const canvas = modeler.get('canvas');
  if (canvas.getRootElement() === shape || !shape.parent) return;
  canvas.scrollToElement(shape, { top: 120, right: 120, bottom: 120, left: 120 });
  modeler.get('selection').select(shape);
}

function grouped(problems) {
  const by = new Map();
  for (const problem of problems.filter(({ element }) => element)) by.set(problem.element, [...(by.get(problem.element) ?? []), problem]);
  return by;
}
