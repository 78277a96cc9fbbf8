import { isTyping, make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { actOnRow, moveRow, openRow, toggleRow } from './rows.js';

const ACTS = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: toggleRow,
  e: actOnRow,
  '/': focusSearch,
  '?': showKeys,
};
const SHOWN = { 'j / k': 'keys.move', Enter: 'keys.open', x: 'keys.select', e: 'keys.act', '/  Ctrl K': 'keys.search', '?': 'keys.help' };
// Places with keys of their own.
const ELSEWHERE = '[data-designer], [data-diagram], [data-sheet], dialog[open], .dropdown-menu.show';

/** The keys of the pages; none of them acts while somebody is writing. */
export function wireKeys() {
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') return pressed(event, focusSearch);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return undefined;
    if (event.target.closest?.(ELSEWHERE)) return undefined;
    if (event.key === 'Enter' && event.target.matches?.('[data-row]')) return pressed(event, openRow);
    return Object.hasOwn(ACTS, event.key) ? pressed(event, ACTS[event.key]) : undefined;
  });
  for (const button of document.querySelectorAll('[data-show-keys]')) button.addEventListener('click', showKeys);
}

function pressed(event, act) {
  event.preventDefault();
  act();
}

function focusSearch() {
  const search = document.querySelector('[data-search]');
  search?.focus();
  search?.select();
}

function showKeys() {
  const lines = Object.entries(SHOWN).flatMap(([key, text]) => [make('dt', {}, make('kbd', {}, key)), make('dd', {}, t(text))]);
  const close = make('button', { type: 'submit', class: 'btn', value: 'close' }, t('say.close'));
  const title = make('h2', { id: 'keys-title' }, t('keys.title'));
  const dialog = make('dialog', { class: 'sheet-dialog keys-dialog', 'aria-labelledby': 'keys-title' },
    make('form', { method: 'dialog' }, title, make('dl', {}, ...lines), close));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
