import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { plainNumber } from '../lib/numbers.js';
import { complaintOf } from './cells.js';
import { isInput, namesOf } from './grid.js';

/** A block pasted from a spreadsheet fills the cells from the focused one on, after a look at what it would do. */
export function wirePaste(table, grid, entered) {
  let undo = null;

  table.addEventListener('paste', async (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!isInput(event.target) || !/[\t\n]/.test(text.replace(/\r?\n$/, ''))) return;
    event.preventDefault();
    const plan = planOf(grid, event.target, blockOf(text));
    if (!(await agreed(plan))) return event.target.focus();
    undo = plan.fills.map(({ cell }) => ({ cell, value: cell.value }));
    fill(plan.fills, entered);
    return event.target.focus();
  });

  table.addEventListener('input', () => { undo = null; });
  table.addEventListener('keydown', (event) => {
    if (!undo || event.shiftKey || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return;
    event.preventDefault();
    fill(undo, entered);
    undo = null;
  });
}

/** Rows of fields of what a spreadsheet puts on the clipboard; quoted fields may hold tabs, line ends and quotes. */
export function blockOf(text) {
  const rows = [['']];
  const quoted = /"((?:[^"]|"")*)"(?=\t|\r?\n|$)|\t|\r?\n|[^\t\r\n]+|\r/gy;
  const body = text.replace(/\r?\n$/, '');
  for (const [whole, inner] of body.matchAll(quoted))
    if (whole === '\t') rows.at(-1).push('');
    else if (/^\r?\n$/.test(whole)) rows.push(['']);
    else rows.at(-1).push(rows.at(-1).pop() + (inner === undefined ? whole : inner.replaceAll('""', '"')));
  return rows;
}

/** What the block would do: cells it fills, fields it cannot place with the reason. */
export function planOf(grid, start, block) {
  const { row, column } = grid.at(start);
  const plan = { fills: [], refused: [], outside: 0 };
  block.forEach((fields, down) => fields.forEach((field, right) => {
    const cell = grid.rows[row + down]?.[column + right];
    if (!cell) plan.outside += field.trim() === '' ? 0 : 1;
    else place(plan, cell, field);
  }));
  return plan;
}

function place(plan, cell, field) {
  if (!isInput(cell)) {
    if (plainNumber(field) !== '') plan.refused.push({ cell, field, reason: t('sheet.exempt') });
    return;
  }
  const value = 'text' in cell.dataset ? field.trim() : plainNumber(field);
  const reason = complaintOf(cell, value);
  if (reason) plan.refused.push({ cell, field, reason });
  else if (value !== cell.value) plan.fills.push({ cell, value });
}

function fill(values, entered) {
  for (const { cell, value } of values) cell.value = value;
  entered(values.map(({ cell }) => cell));
}

// Shown in the page's own dialog; the cells concerned are marked behind it.
function agreed({ fills, refused, outside }) {
  for (const { cell } of fills) cell.classList.add('is-filling');
  for (const { cell } of refused) cell.classList.add('is-refused');
  const lines = refused.slice(0, 8).map(({ cell, field, reason }) => make('li', {}, t('sheet.paste_refused', { ...namesOf(cell), field, reason })));
  const more = refused.length > 8 ? make('li', {}, t('sheet.paste_more', { count: refused.length - 8 })) : null;
  const dialog = make('dialog', { class: 'sheet-dialog', 'aria-labelledby': 'paste-title' },
    make('form', { method: 'dialog' },
      make('h2', { id: 'paste-title' }, t('sheet.paste_title', { count: fills.length })),
      refused.length ? make('p', {}, t('sheet.paste_refusals', { count: refused.length })) : null,
      refused.length ? make('ul', {}, ...lines, more) : null,
      outside ? make('p', {}, t('sheet.paste_outside', { count: outside })) : null,
      make('div', { class: 'dialog-actions' },
        make('button', { class: 'btn', value: '' }, t('sheet.paste_cancel')),
        make('button', { class: 'btn btn-primary', value: 'fill', disabled: !fills.length, autofocus: true }, t('sheet.paste_fill', { count: fills.length })))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => {
    for (const { cell } of [...fills, ...refused]) cell.classList.remove('is-filling', 'is-refused');
    dialog.remove();
    resolve(dialog.returnValue === 'fill');
  }));
}
