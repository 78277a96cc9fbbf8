import { isNumber, plainNumber } from '../lib/numbers.js';
import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';

/** The value of a cell as it will be sent: plain digits, or "" for missing. Text cells (`data-text`) are sent as they are. */
export function valueOf(cell) {
  return 'text' in cell.dataset ? cell.value.trim() : plainNumber(cell.value);
}

/** What is wrong with `text` in this cell, or "". */
export function complaintOf(cell, text) {
  if ('text' in cell.dataset || text === '') return '';
  if (!isNumber(text)) return t('sheet.not_number');
  const places = text.split('.')[1]?.length ?? 0;
  if (cell.dataset.places && places > Number(cell.dataset.places)) return t('sheet.too_many_places', { count: cell.dataset.places });
  return '';
}

/** Show a cell as missing, wrong, waiting, saved or in conflict; `message` stands at the cell and is read out with it. */
export function show(cell, state, message = '') {
  cell.classList.toggle('is-missing', valueOf(cell) === '');
  cell.dataset.state = state;
  cell.toggleAttribute('aria-invalid', state === 'wrong' || state === 'conflict');
  if (cell.hasAttribute('aria-invalid')) cell.setAttribute('aria-invalid', 'true');
  note(cell, message);
}

function note(cell, message) {
  const id = `note-${cell.dataset.cell.replaceAll('/', '-')}`;
  document.getElementById(id)?.remove();
  cell.removeAttribute('aria-describedby');
  if (!message) return;
  cell.setAttribute('aria-describedby', id);
  cell.after(make('span', { class: 'sheet-note', id }, message));
}
