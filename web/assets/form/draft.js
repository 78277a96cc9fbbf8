import { autosave } from '../lib/autosave.js';
import { forget, keep } from '../lib/kept.js';
import { clockOf } from '../lib/page.js';
import { reasonOf, sendJson } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { guardUnsaved } from '../lib/unsaved.js';

const EVERY = 3_000;

/** What is filled in is saved as a draft while somebody writes: `PUT {data}` to `data-draft`, at most every 3 seconds. */
export function draftSaving(form, place, exact) {
  const url = place.dataset.draft;
  const saver = autosave(EVERY, save);
  let last = JSON.stringify(exact(form._getState().data));

  async function save() {
    const data = exact(form._getState().data);
    const answer = await sendJson('PUT', url, { data });
    if (answer.ok) {
      forget(url);
      state(t('draft.saved', { time: clockOf(answer.body?.saved_at) }));
      return true;
    }
    const held = keep(url, { data });
    state(answer.status === 0 && held ? t('draft.kept') : reasonOf(answer));
    // A refusal is final; no answer or a fault of the server is tried again.
    return answer.status >= 400 && answer.status < 500;
  }

  if (url) {
    form.on('changed', () => {
      const now = JSON.stringify(exact(form._getState().data));
      if (now === last) return;
      last = now;
      state(t('draft.changed'));
      saver.touch();
    });
    guardUnsaved(saver.isDirty);
  }
  return { url, drop: saver.drop };
}

function state(text) {
  for (const place of document.querySelectorAll('[data-draft-state]')) place.textContent = text;
}
