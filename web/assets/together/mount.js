import { uniqueKey } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { draftSaving } from './drafts.js';
import { growing, wireFilling } from './fill.js';
import { followConditions, isChosen, require, shownAnswers } from './rows.js';

/** A sheet of many rows, handed in at once: all of the chosen ones or, with what is wrong marked, none. */
export function mountTogether(form) {
  const rows = [...form.querySelectorAll('[data-together-row]')];
  const said = form.querySelector('[data-together-said]');
  rows.forEach(followConditions);
  form.querySelector('[data-together-all]')?.addEventListener('change', (event) => chooseAll(rows, event.target.checked));
  rows.forEach((row) => row.querySelector('[data-together-chosen]').addEventListener('change', () => require(row)));
  wireFilling(form, rows, (text) => {
    said.textContent = text;
    said.hidden = false;
  });
  growing(form);
  const drafts = draftSaving(form, rows);
  // The browser would stop at a field that is left out of sight; the server names every wrong one.
  form.noValidate = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    handIn(form, rows.filter(isChosen), drafts);
  });
  // Until now the server's page kept it shut: the browser's own submit sends neither the rows nor the token.
  sendButton(form).disabled = false;
}

const sendButton = (form) => form.querySelector('button:not([type=button])');

function chooseAll(rows, chosen) {
  for (const row of rows) {
    row.querySelector('[data-together-chosen]').checked = chosen;
    require(row);
  }
}

// The same key until the server has answered: a second try after a lost answer cannot act twice.
let key = uniqueKey();

async function handIn(form, chosen, drafts) {
  const payload = { rows: Object.fromEntries(chosen.map((row) => [row.dataset.togetherRow, shownAnswers(row)])) };
  const body = new FormData();
  body.append('payload', JSON.stringify(payload));
  const button = sendButton(form);
  button.disabled = true;
  const answer = await send('POST', form.getAttribute('action'), { body, headers: { 'Idempotency-Key': key } });
  button.disabled = false;
  if (answer.status !== 0 && answer.status < 500) key = uniqueKey();
  if (!answer.ok) return tell(form, { detail: reasonOf(answer), fields: answer.body?.fields });
  drafts.drop();
  return location.assign(answer.body.redirect);
}

function tell(form, { detail, fields: wrong = {} }) {
  const top = form.querySelector('[data-together-refused]');
  top.textContent = detail;
  top.hidden = false;
  for (const note of form.querySelectorAll('[data-wrong]')) {
    note.textContent = wrong[note.dataset.wrong] ?? '';
    note.hidden = !wrong[note.dataset.wrong];
  }
  const first = form.querySelector('[data-wrong]:not([hidden])');
  (first ?? top).scrollIntoView({ block: 'nearest', inline: 'center' });
  first?.closest('[data-question]').querySelector('[name]')?.focus({ preventScroll: true });
}
