import { autosave } from '../lib/autosave.js';
import { forget, keep, kept } from '../lib/kept.js';
import { clockOf, make } from '../lib/page.js';
import { reasonOf, sendJson } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { show, valueOf } from './cells.js';
import { keyOf } from './grid.js';

const EVERY = 2_000;

/**
 * Changed cells go to the server every two seconds: `PUT {cells: {key: {value, version}}}`, answered with
 * `{saved: {key: version}, errors: {key: message}, conflicts: {key: {value, version, by}}, saved_at}`.
 * What has not arrived stays in this browser and is put back when the page is opened again.
 */
export function sheetSaving(table, grid) {
  const url = table.dataset.save;
  const cells = new Map(grid.inputs.map((cell) => [keyOf(cell), cell]));
  const waiting = new Set();
  const saver = autosave(EVERY, save);

  async function save() {
    // A value that was refused, here or by the server, waits until somebody changes it.
    const sent = [...waiting].filter((cell) => cell.dataset.state !== 'wrong');
    if (!sent.length) return true;
    const values = new Map(sent.map((cell) => [cell, valueOf(cell)]));
    for (const cell of sent) show(cell, 'sending');
    const answer = await sendJson('PUT', url, { cells: Object.fromEntries(sent.map((cell) => [keyOf(cell), { value: values.get(cell), version: versionOf(cell) }])) });
    const said = answer.body?.saved || answer.body?.errors || answer.body?.conflicts ? answer.body : null;
    if (!said) return unanswered(sent, answer);
    for (const cell of sent) settle(cell, values.get(cell), said);
    remember();
    state(waiting.size ? t('sheet.some_wrong', { count: waiting.size }) : t('sheet.saved', { time: clockOf(said.saved_at) }));
    return true;
  }

  function settle(cell, value, { saved = {}, errors = {}, conflicts = {} }) {
    const key = keyOf(cell);
    if (key in saved) {
      cell.dataset.version = saved[key];
      // Somebody who went on typing meanwhile has a newer value, which waits for the next round.
      if (valueOf(cell) !== value) return;
      waiting.delete(cell);
      show(cell, 'saved');
    } else if (key in conflicts) contested(cell, conflicts[key]);
    else show(cell, 'wrong', errors[key] ?? t('sheet.not_taken'));
  }

  function contested(cell, { value, version, by }) {
    waiting.delete(cell);
    show(cell, 'conflict', t('sheet.conflict', { by, value: value || t('sheet.missing') }));
    const choose = (text, act) => {
      const button = make('button', { type: 'button', class: 'btn btn-sm' }, text);
      button.addEventListener('click', () => { cell.dataset.version = version; act(); });
      return button;
    };
    cell.nextElementSibling.append(
      choose(t('sheet.take_theirs'), () => { cell.value = value; show(cell, 'still'); }),
      choose(t('sheet.keep_mine'), () => cell.dispatchEvent(new CustomEvent('bihuan:entered', { bubbles: true }))));
  }

  function unanswered(sent, answer) {
    remember();
    const again = answer.status === 0 || answer.status >= 500;
    for (const cell of sent) show(cell, again ? 'changed' : 'wrong', again ? '' : reasonOf(answer));
    state(reasonOf(answer));
    return !again;
  }

  function remember() {
    const left = Object.fromEntries([...waiting].map((cell) => [keyOf(cell), { value: cell.value, version: cell.dataset.version ?? '' }]));
    if (Object.keys(left).length) keep(url, left);
    else forget(url);
  }

  function state(text) {
    for (const place of document.querySelectorAll('[data-draft-state]')) place.textContent = text;
  }

  return {
    isDirty: () => waiting.size > 0,
    waiting: () => [...waiting],
    flush: saver.flush,
    changed(changed) {
      for (const cell of changed) waiting.add(cell);
      remember();
      state(t('sheet.changed'));
      saver.touch();
    },
    /** Put back what a former visit could not send, into the cells that are free for it. */
    restore(entered, isFree) {
      const left = Object.entries(kept(url) ?? {}).filter(([key]) => cells.has(key) && isFree(cells.get(key))).map(([key, was]) => ({ cell: cells.get(key), ...was }));
      // With the version of that time: what somebody else entered since then must come back as a conflict.
      for (const { cell, value, version } of left) Object.assign(cell, { value }).dataset.version = version;
      if (left.length) entered(left.map(({ cell }) => cell));
    },
  };
}

const versionOf = (cell) => (cell.dataset.version ? Number(cell.dataset.version) : null);
