import { forget, keep, kept } from '../lib/kept.js';
import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { domId } from './exact.js';

const NARROW = '(max-width: 767.98px)';
const FEWEST = 4;

/** What is kept of the rows somebody has been through, by the task's draft. */
export const rowsKey = (draft) => `rows:${draft}`;

/**
 * On a narrow screen a list of many given rows is filled in one row at a time: beside the task's buttons stand the row,
 * a way to the next one that is left, and how many are left. Those left come first in the choice of rows.
 */
export function oneRowAtATime({ form, place, task }) {
  const list = onlyFixedList(form._getState().schema);
  const rows = list ? rowsOf(form, list) : [];
  if (rows.length < FEWEST) return;
  const key = rowsKey(place.dataset.draft ?? '');
  const seen = new Set(kept(key) ?? []);
  const narrow = window.matchMedia(NARROW);
  let shown = Math.max(0, rows.findIndex((row) => !seen.has(row.name)));

  const choice = make('select', { class: 'form-select', 'aria-label': t('rows.choose') });
  const back = make('button', { type: 'button', class: 'btn', 'aria-label': t('rows.back') }, '‹');
  const next = make('button', { type: 'button', class: 'btn' }, t('rows.next'));
  const told = make('p', { class: 'row-left', role: 'status' });
  const bar = make('div', { class: 'row-steps' }, back, choice, next, told);

  const isLeft = (row) => !seen.has(row.name) || lacks(form, list, row);
  const step = (by) => (shown + by + rows.length) % rows.length;
  const leftAfter = () => rows.map((_, offset) => step(offset + 1)).find((index) => index !== shown && isLeft(rows[index]));

  choice.addEventListener('change', () => show(Number(choice.value)));
  back.addEventListener('click', () => show(step(-1)));
  next.addEventListener('click', () => show(leftAfter() ?? step(1)));
  form.on('changed', () => draw());
  // A message on top leads to a field, which may stand in a row that is put aside.
  task.addEventListener('click', (event) => open(event.target.closest('a[href^="#fjs-"]')), { capture: true });
  narrow.addEventListener('change', draw);
  task.querySelector('.task-actions')?.prepend(bar);
  draw();

  function show(index) {
    if (!lacks(form, list, rows[shown])) seen.add(rows[shown].name);
    keep(key, [...seen]);
    shown = index;
    draw();
    const { element } = rows[shown];
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'start' });
  }

  function open(link) {
    const field = link && document.getElementById(link.hash.slice(1));
    const index = rows.findIndex(({ element }) => element.contains(field));
    if (narrow.matches && index >= 0) show(index);
  }

  function draw() {
    const left = rows.filter(isLeft);
    for (const { element, index } of rows) {
      element.toggleAttribute('data-aside', narrow.matches && index !== shown);
      element.toggleAttribute('data-shown', narrow.matches && index === shown);
    }
    bar.hidden = !narrow.matches;
    told.textContent = left.length ? t('rows.left', { at: shown + 1, all: rows.length, left: left.length }) : t('rows.none_left', { all: rows.length });
    const options = (some) => some.map((row) => make('option', { value: row.index }, row.name));
    const groups = [['rows.to_do', left], ['rows.done', rows.filter((row) => !isLeft(row))]].filter(([, some]) => some.length);
    choice.replaceChildren(...groups.map(([label, some]) => make('optgroup', { label: t(label, { count: some.length }) }, ...options(some))));
    choice.value = String(shown);
  }
}

/** The rows are as sent: what was kept of them is needed no more. */
export const forgetRows = (draft) => forget(rowsKey(draft ?? ''));

function onlyFixedList({ components }) {
  const lists = components.filter(({ type }) => type === 'dynamiclist');
  return lists.length === 1 && lists[0].allowAddRemove === false ? lists[0] : null;
}

// A row is what lies between the list and the fields of one index; it is named by its first text.
function rowsOf(form, list) {
  const [first] = list.components;
  const fields = form.get('formFieldInstanceRegistry').getAllKeyed().filter(({ id }) => id === first.id);
  const placed = fields.map(({ indexes }) => document.getElementById(domId(form, first.id, indexes)));
  if (placed.length < 2 || placed.includes(null)) return [];
  const values = form._getState().data[list.path] ?? [];
  return placed.map((input, index) => ({ index, name: String(values[index]?.[first.key] ?? index + 1), element: below(input, placed[index ? 0 : 1]) }));
}

/** The outermost part around `input` that does not hold `other`. */
function below(input, other) {
  let part = input;
  while (!part.parentElement.contains(other)) part = part.parentElement;
  return part;
}

function lacks(form, list, { index }) {
  const row = form._getState().data[list.path]?.[index] ?? {};
  return list.components.some(({ key, validate }) => validate?.required && (row[key] === null || row[key] === undefined || row[key] === ''));
}
