import { arriving } from '../lib/arriving.js';

/** The rows of the lists on this page, in the order they stand: `[data-list] [data-row]`. */
const rows = () => [...document.querySelectorAll('[data-list] [data-row]')].filter((row) => row.offsetParent !== null);
const current = () => document.querySelector('[data-row][aria-current="true"]');

/** Make the row `step` further the current one; from none, the first or the last. */
export function moveRow(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  current()?.removeAttribute('aria-current');
  all[next].setAttribute('aria-current', 'true');
  all[next].tabIndex = -1;
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: 'nearest' });
}

/** Follow the row's `[data-open]` link, or its first link. */
export function openRow() {
  const row = current();
  (row?.querySelector('a[data-open]') ?? row?.querySelector('a[href]'))?.click();
}

export function toggleRow() {
  current()?.querySelector('input[type=checkbox][data-select]')?.click();
}

/** The row's first `[data-action]`. */
export function actOnRow() {
  current()?.querySelector('[data-action]')?.click();
}

/**
 * Selection of rows: `[data-select-all]` ticks all, `[data-selected-count]` shows how many,
 * `[data-when-selected]` is hidden while none is.
 */
export function wireSelection() {
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof Element)) return;
    const list = target.closest('[data-list]');
    if (!list || !target.matches('[data-select], [data-select-all]')) return;
    if (target.matches('[data-select-all]')) for (const box of boxes(list)) box.checked = target.checked;
    showSelection(list);
  });
  arriving('[data-list]', showSelection);
}

const boxes = (list) => [...list.querySelectorAll('input[data-select]')];

function showSelection(list) {
  const all = boxes(list);
  const ticked = all.filter((box) => box.checked).length;
  for (const box of all) box.closest('[data-row]')?.classList.toggle('is-selected', box.checked);
  for (const head of list.querySelectorAll('[data-select-all]')) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  for (const count of list.querySelectorAll('[data-selected-count]')) count.textContent = ticked;
  for (const part of list.querySelectorAll('[data-when-selected]')) part.hidden = ticked === 0;
}
