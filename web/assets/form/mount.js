import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import './form.css';
import { Form } from '@bpmn-io/form-js-viewer';
import { jsonOf, make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { draftSaving } from './draft.js';
import { exactNumbers } from './exact.js';
import { settleDates } from './dates.js';
import { offerKept } from './offer.js';
import { oneRowAtATime } from './rows.js';
import { wireSubmit } from './submit.js';
import { translateForms } from './translate.js';

/**
 * Show the form of a task in `place` and hand what is filled in to the server; resolves to the form-js form, or null.
 * `debounce: false` is not a matter of taste: with the default, what is typed within 300 ms of a re-render is lost.
 */
export async function mountForm(place) {
  const readOnly = 'readonly' in place.dataset;
  const schema = withoutButtons(jsonOf(place.dataset.schema), readOnly);
  const values = jsonOf(place.dataset.values) ?? {};
  place.replaceChildren();
  const form = new Form({ container: place, debounce: false, additionalModules: [translateForms], properties: { readOnly } });
  const exact = exactNumbers(form, place, values);
  try {
    await form.importSchema(schema, values);
  } catch (error) {
    place.replaceChildren(make('p', { class: 'empty-state', role: 'alert' }, t('form.unreadable', { reason: error.message })));
    return null;
  }
  const finish = () => finishParts(place);
  new MutationObserver(finish).observe(place, { childList: true, characterData: true, subtree: true });
  finish();
  const task = place.closest('form[data-task-form]');
  if (task && !readOnly) fillIn({ form, place, task, exact });
  place.dispatchEvent(new CustomEvent('bihuan:drawn', { detail: form, bubbles: true }));
  return form;
}

function fillIn({ form, place, task, exact }) {
  const draft = draftSaving(form, place, exact);
  const submit = wireSubmit({ form, task, exact, draft });
  offerKept({ form, task, submit, draft });
  oneRowAtATime({ form, place, task });
}

/**
 * The task's own buttons stand below the form. Read-only, a list offers no rows to add or remove, and files, which the
 * server lists outside the form, are not announced as missing.
 */
function withoutButtons(component, readOnly) {
  const { components, ...own } = component;
  const left = readOnly ? ['button', 'filepicker'] : ['button'];
  const kept = components?.filter(({ type }) => !left.includes(type)).map((child) => withoutButtons(child, readOnly));
  return { ...own, ...(readOnly && own.type === 'dynamiclist' ? { allowAddRemove: false } : {}), ...(kept ? { components: kept } : {}) };
}

// What form-js leaves in English, in the browser's own order or without a name, whenever it draws a part anew.
function finishParts(place) {
  settleDates(place);
  for (const { firstChild } of place.querySelectorAll('.fjs-filepicker-button')) write(firstChild, t('form.browse'));
  for (const { firstChild } of place.querySelectorAll('.fjs-select-placeholder')) write(firstChild, t('form.select'));
  for (const input of place.querySelectorAll('.fjs-input[placeholder="Search"]')) input.placeholder = t('form.search');
  // It draws a form of its own inside the task's; without this, assistive technology would announce two.
  place.querySelector('form.fjs-form')?.setAttribute('role', 'presentation');
}

// In place: form-js goes on using the text node it made.
function write(node, text) {
  if (node.data !== text) node.data = text;
}
