import { autosave } from '../lib/autosave.js';
import { forget, keep } from '../lib/kept.js';
import { clockOf } from '../lib/page.js';
import { reasonOf, sendJson } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { guardUnsaved } from '../lib/unsaved.js';
import { answers } from './rows.js';

const EVERY = 3_000;

/** What is filled in is saved row by row as the drafts of its tasks while somebody writes: `PUT {data}` to `data-draft`. */
export function draftSaving(form, rows) {
  const saver = autosave(EVERY, save);
  const touched = new Set();

  async function save() {
    const waiting = [...touched];
    touched.clear();
    for (const row of waiting) if (!(await saveRow(row))) touched.add(row);
    return touched.size === 0;
  }

  async function saveRow(row) {
    const url = row.dataset.draft;
    const answer = await sendJson('PUT', url, { data: answers(row) });
    if (answer.ok) forget(url);
    else keep(url, { data: answers(row) });
    say(answer.ok ? t('draft.saved', { time: clockOf(answer.body?.saved_at) }) : answer.status === 0 ? t('draft.kept') : reasonOf(answer));
    // A refusal is final; no answer or a fault of the server is tried again.
    return answer.ok || (answer.status >= 400 && answer.status < 500);
  }

  function touch({ target }) {
    const row = target.closest('[data-question]')?.closest('[data-together-row]');
    if (!row) return;
    touched.add(row);
    say(t('draft.changed'));
    saver.touch();
  }

  form.addEventListener('input', touch);
  form.addEventListener('change', touch);
  guardUnsaved(saver.isDirty);
  return saver;
}

function say(text) {
  for (const place of document.querySelectorAll('[data-draft-state]')) place.textContent = text;
}
