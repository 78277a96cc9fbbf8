import { say } from '../app/say.js';
import { jsonOf } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { guardUnsaved } from '../lib/unsaved.js';
import { complaintOf, show, valueOf } from './cells.js';
import { gridOf, isInput, wireMovement } from './grid.js';
import { wireHints } from './hints.js';
import { wirePaste } from './paste.js';
import { sheetSaving } from './save.js';

/**
 * Make a table rendered by the server a sheet to enter values in. Whatever changes a cell ends in `entered`,
 * so typing, pasting, undoing and taking over another person's value are checked, hinted and saved alike.
 */
export function mountSheet(table) {
  const grid = gridOf(table);
  const saving = sheetSaving(table, grid);
  const hints = wireHints(grid, jsonOf('[data-sheet-facts]'));

  function entered(cells) {
    for (const cell of cells) {
      const complaint = complaintOf(cell, valueOf(cell));
      show(cell, complaint ? 'wrong' : 'changed', complaint);
    }
    saving.changed(cells);
    hints.refresh(cells);
  }

  table.addEventListener('input', ({ target }) => isInput(target) && entered([target]));
  // Digits are made plain when the cell is left, not while an input method is still composing them.
  table.addEventListener('focusout', ({ target }) => { if (isInput(target) && target.value !== valueOf(target)) target.value = valueOf(target); });
  table.addEventListener('focusin', ({ target }) => isInput(target) && target.select());
  table.addEventListener('bihuan:entered', ({ target }) => entered([target]));
  wireMovement(table, grid);
  wirePaste(table, grid, entered);
  guardUnsaved(saving.isDirty);
  handInAfterSaving(saving);

  for (const cell of grid.inputs) show(cell, 'still');
  // What was typed before the sheet was ready is entered as well, and goes before what a former visit left behind.
  const early = grid.inputs.filter(typedEarly);
  saving.restore(entered, (cell) => !early.includes(cell));
  if (early.length) entered(early);
  hints.refresh(grid.inputs);
  // Until now the server's page kept it shut: sent before, it would leave behind what is in the cells.
  for (const button of document.querySelectorAll('[data-sheet-submit] button')) button.disabled = false;
}

const typedEarly = (cell) => cell.value !== cell.defaultValue;

/** `form[data-sheet-submit]` hands the sheet in: first everything is saved, and with a cell left over nothing is sent. */
function handInAfterSaving(saving) {
  document.addEventListener('submit', async (event) => {
    const { target: form, submitter } = event;
    if (!form.matches('[data-sheet-submit]') || !saving.isDirty()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await saving.flush();
    const left = saving.waiting();
    if (!left.length) return form.requestSubmit(submitter);
    say(t('sheet.not_handed_in', { count: left.length }), 'refused');
    left[0].focus();
  }, true);
}
