import { uniqueKey } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';

/** A sheet of many rows, handed in at once: choose rows, set one answer for all, copy the first row's answers. */
export function mountTogether(form) {
  const rows = [...form.querySelectorAll('[data-together-row]')];
  rows.forEach(followConditions);
  form.querySelector('[data-together-all]')?.addEventListener('change', (event) => chooseAll(rows, event.target.checked));
  for (const button of form.querySelectorAll('[data-together-set]'))
    button.addEventListener('click', () => setAll(rows, button.dataset.togetherSet, button.dataset.value));
  form.querySelector('[data-together-copy]')?.addEventListener('click', () => copyFirst(rows));
  rows.forEach((row) => row.querySelector('[data-together-chosen]').addEventListener('change', () => require(row)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    handIn(form, rows.filter(isChosen));
  });
}

const isChosen = (row) => row.querySelector('[data-together-chosen]').checked;
const fields = (row) => [...row.querySelectorAll('[name]')];
const keyOf = (field) => field.name.slice(field.name.indexOf('.') + 1);

function chooseAll(rows, chosen) {
  for (const row of rows) {
    row.querySelector('[data-together-chosen]').checked = chosen;
    require(row);
  }
}

/** What a row that is left out, or a hidden question, would require must not hold up the others. */
function require(row) {
  for (const field of fields(row))
    field.disabled = !isChosen(row) || field.closest('.together-field').hidden;
}

function setAll(rows, key, value) {
  for (const field of rows.filter(isChosen).flatMap(fields))
    if (keyOf(field) === key && field.value === value) field.click();
}

function copyFirst([first, ...others]) {
  for (const row of others)
    for (const field of fields(row)) {
      const from = fields(first).find((one) => keyOf(one) === keyOf(field) && (one.type !== 'radio' || one.checked));
      if (!from) continue;
      if (field.type === 'radio') {
        if (field.value === from.value && !row.querySelector(`[name="${field.name}"]:checked`)) field.click();
      } else if (!field.value) field.value = from.value;
    }
}

/** Questions that another answer hides: data-shown-when="criterion=value". */
function followConditions(row) {
  const look = () => {
    for (const part of row.querySelectorAll('[data-shown-when]')) {
      const [key, wanted] = part.dataset.shownWhen.split('=');
      part.hidden = answers(row)[key] !== wanted;
    }
    require(row);
  };
  row.addEventListener('change', look);
  look();
}

function answers(row) {
  const found = {};
  for (const field of fields(row)) {
    if (field.type === 'radio' ? !field.checked : field.type === 'checkbox') continue;
    found[keyOf(field)] = field.value === '' ? null : field.value;
  }
  return found;
}

async function handIn(form, chosen) {
  const payload = { rows: Object.fromEntries(chosen.map((row) => [row.dataset.togetherRow, shown(row)])) };
  const body = new FormData();
  body.append('payload', JSON.stringify(payload));
  const button = form.querySelector('button:not([type=button])');
  button.disabled = true;
  const answer = await send('POST', form.getAttribute('action'), { body, headers: { 'Idempotency-Key': uniqueKey() } });
  button.disabled = false;
  if (answer.ok) location.assign(answer.body.redirect);
  else tell(form, { detail: reasonOf(answer), fields: answer.body?.fields });
}

function shown(row) {
  const hidden = new Set([...row.querySelectorAll('.together-field[hidden] [name]')].map(keyOf));
  return Object.fromEntries(Object.entries(answers(row)).filter(([key]) => !hidden.has(key)));
}

function tell(form, { detail, fields: wrong = {} }) {
  const top = form.querySelector('[data-together-refused]');
  top.textContent = detail;
  top.hidden = false;
  for (const note of form.querySelectorAll('[data-wrong]')) {
    note.textContent = wrong[note.dataset.wrong] ?? '';
    note.hidden = !wrong[note.dataset.wrong];
  }
  (form.querySelector('[data-wrong]:not([hidden])') ?? top).scrollIntoView({ block: 'center' });
}
