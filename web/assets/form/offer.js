import { forget, kept } from '../lib/kept.js';
import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { keptKey } from './submit.js';

/** Offer what an earlier visit could not send: a whole submission, or a draft that never arrived. */
export function offerKept({ form, task, submit, draft }) {
  const left = kept(keptKey(task));
  const written = draft.url ? kept(draft.url) : null;
  if (left) offer(task, t(left.files ? 'form.unsent_files' : 'form.unsent'), left.files ? fill(form, left) : send(submit, left), () => forget(keptKey(task)));
  else if (written) offer(task, t('form.undrafted'), fill(form, written), () => forget(draft.url));
}

const send = (submit, { action, data, key }) => ({ text: t('form.send_again'), act: () => submit({ action, data, again: key }) });
// Files cannot be kept in the browser: the fields come back, the files must be chosen anew.
const fill = (form, { data }) => ({ text: t('form.put_back'), act: () => form.importSchema(form._getState().schema, data) });

function offer(task, text, { text: label, act }, drop) {
  const button = (name, on) => {
    const made = make('button', { type: 'button', class: 'btn' }, name);
    made.addEventListener('click', () => { box.remove(); on(); });
    return made;
  };
  const box = make('div', { class: 'kept-offer', role: 'status' }, make('span', {}, text), button(label, act), button(t('form.discard'), drop));
  task.prepend(box);
}
