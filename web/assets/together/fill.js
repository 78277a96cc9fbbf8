import { t } from '../lib/texts.js';
import { blockOf } from '../sheet/paste.js';
import { cellOf, fields, isChosen, keyOf, put, valueOf } from './rows.js';

/** Filling many cells at once: a block from a spreadsheet, a cell copied down, one answer for all, the first row for all. */
export function wireFilling(form, rows, say) {
  const keys = [...rows[0].querySelectorAll('[data-question]')].map((cell) => cell.dataset.question);
  let standing = null;

  form.addEventListener('focusin', ({ target }) => { standing = placeOf(target) ?? standing; });
  form.addEventListener('paste', (event) => {
    const block = spreadsheetBlock(event.clipboardData);
    const start = placeOf(event.target);
    if (!block || !start) return;
    event.preventDefault();
    say(pasted(fillBlock(rows, keys, start, block)));
  });
  form.addEventListener('keydown', (event) => {
    const start = placeOf(event.target);
    if (!start || event.key.toLowerCase() !== 'd' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const above = cellOf(rows[rows.indexOf(start.row) - 1] ?? start.row, start.key);
    put(cellOf(start.row, start.key), valueOf(above) ?? '');
  });
  form.querySelector('[data-together-down]')?.addEventListener('click', () => {
    if (standing) say(t('together.down', { count: copyDown(rows, standing) }));
    else say(t('together.stand'));
  });
  form.querySelector('[data-together-copy]')?.addEventListener('click', () => copyFirst(rows, keys));
  for (const button of form.querySelectorAll('[data-together-set]'))
    button.addEventListener('click', () => setAll(rows, button.dataset.togetherSet, button.dataset.value));
}

function placeOf(target) {
  const cell = target.closest?.('[data-question]');
  return cell ? { row: cell.closest('[data-together-row]'), key: cell.dataset.question } : null;
}

// Several lines copied from a letter belong into one cell; what comes from a spreadsheet brings tabs or a table along.
function spreadsheetBlock(clipboard) {
  const text = clipboard?.getData('text/plain') ?? '';
  const isTable = text.includes('\t') || /<table[\s>]/i.test(clipboard?.getData('text/html') ?? '');
  const block = isTable ? blockOf(text) : [];
  return block.length > 1 || block[0]?.length > 1 ? block : null;
}

/** Fill from the cell on, to the right and down; counts what was filled, what did not fit its question, what lies outside. */
function fillBlock(rows, keys, start, block) {
  const [top, left] = [rows.indexOf(start.row), keys.indexOf(start.key)];
  const count = { filled: 0, refused: 0, outside: 0 };
  block.forEach((texts, down) => texts.forEach((text, right) => {
    const [row, key] = [rows[top + down], keys[left + right]];
    if (!row || !key) count.outside += text.trim() ? 1 : 0;
    else if (put(cellOf(row, key), text)) count.filled += 1;
    else count.refused += text.trim() ? 1 : 0;
  }));
  return count;
}

function pasted({ filled, refused, outside }) {
  const parts = [t('together.filled', { count: filled })];
  if (refused) parts.push(t('together.refused', { count: refused }));
  if (outside) parts.push(t('together.outside', { count: outside }));
  return parts.join(t('together.comma'));
}

function copyDown(rows, { row, key }) {
  const value = valueOf(cellOf(row, key));
  const below = rows.slice(rows.indexOf(row) + 1).filter((each) => isChosen(each) && !valueOf(cellOf(each, key)));
  return value ? below.filter((each) => put(cellOf(each, key), value)).length : 0;
}

function copyFirst([first, ...others], keys) {
  for (const row of others.filter(isChosen))
    for (const key of keys) {
      const value = valueOf(cellOf(first, key));
      if (value && !valueOf(cellOf(row, key))) put(cellOf(row, key), value);
    }
}

function setAll(rows, key, value) {
  for (const field of rows.filter(isChosen).flatMap(fields))
    if (keyOf(field) === key && field.value === value && !field.checked) field.click();
}

/** Text fields as high as their text, where the browser does not do it by itself. */
export function growing(form) {
  if (CSS.supports('field-sizing', 'content')) return;
  const grow = (area) => {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  form.addEventListener('input', ({ target }) => { if (target.tagName === 'TEXTAREA') grow(target); });
  form.querySelectorAll('textarea').forEach(grow);
}
