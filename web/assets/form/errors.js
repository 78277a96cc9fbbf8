import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';
import { domId } from './exact.js';

/**
 * Put messages at their fields, and a summary with links to them on top, which takes the focus.
 * `errors` are form-js's own (by component id), `fields` the server's: `{"items.0.title": "..."}` or `"items[0].title"`.
 */
export function showFieldErrors({ form, task, detail, errors = null, fields = {} }) {
  const places = placesOf(form);
  const own = errors ?? placed(form, places, fields);
  const links = places.filter(({ id, indexes }) => messagesIn(own, id, indexes).length).map((place) => ({
    href: `#${domId(form, place.id, place.indexes)}`,
    text: `${place.label}${t('form.colon')}${messagesIn(own, place.id, place.indexes).join(t('form.semicolon'))}`,
  }));
  const paths = new Set(places.map(({ path }) => path));
  const loose = Object.entries(fields).filter(([key]) => !paths.has(plain(key))).map(([, message]) => ({ text: message }));
  showSummary(task, detail, { lines: [...links, ...loose] });
}

/** The box on top of the task: what happened, where, and what to do about it. */
export function showSummary(task, detail, { lines = [], retry = null, reload = false } = {}) {
  clearSummary(task);
  const items = lines.map(({ href, text }) => make('li', {}, href ? make('a', { href }, text) : text));
  const again = retry ? make('button', { type: 'button', class: 'btn' }, t('form.send_again')) : null;
  again?.addEventListener('click', retry);
  const box = make('div', { class: 'problem-summary', role: 'alert', tabindex: '-1' },
    make('b', {}, detail),
    items.length ? make('ul', {}, ...items) : null,
    again,
    reload ? make('p', {}, make('a', { href: window.location.href }, t('form.reload'))) : null);
  task.prepend(box);
  box.addEventListener('click', (event) => focusField(event));
  box.focus();
}

export function clearSummary(task) {
  task.querySelector(':scope > .problem-summary')?.remove();
}

// The jump of a plain link would put the field under the sticky head and leave the focus behind.
function focusField(event) {
  const link = event.target.closest('a[href^="#fjs-"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: 'center' });
  (field.matches('input, textarea, select, button, [tabindex]') ? field : field.querySelector('input, textarea, button'))?.focus();
}

function placesOf(form) {
  const registry = form.get('formFieldRegistry');
  return form.get('formFieldInstanceRegistry').getAllKeyed().map(({ id, valuePath, indexes }) => {
    const { label, dateLabel, timeLabel, key } = registry.get(id);
    return { id, indexes: indexes ?? {}, path: valuePath.join('.'), label: label ?? dateLabel ?? timeLabel ?? key };
  });
}

// form-js has no public way to set errors; its state is where its own validation puts them too.
function placed(form, places, fields) {
  const errors = {};
  for (const [key, message] of Object.entries(fields)) {
    const place = places.find(({ path }) => path === plain(key));
    if (place) putAt(errors, [place.id, ...Object.values(place.indexes)], [message].flat());
  }
  form._setState({ errors });
  return errors;
}

function putAt(errors, [step, ...rest], messages) {
  if (!rest.length) errors[step] = messages;
  else putAt((errors[step] ??= []), rest, messages);
}

function messagesIn(errors, id, indexes) {
  const found = [id, ...Object.values(indexes)].reduce((part, step) => part?.[step], errors);
  return Array.isArray(found) ? found.filter((message) => typeof message === 'string') : [];
}

const plain = (key) => key.replace(/\[(\d+)\]/g, '.$1');
