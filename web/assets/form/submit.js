import { forget, keep } from '../lib/kept.js';
import { uniqueKey } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { clearSummary, showFieldErrors, showSummary } from './errors.js';
import { forgetRows } from './rows.js';

// Answers that are about what was filled in: somebody else was first, a field is wrong, a file is too large.
const DECIDED = new Set([409, 413, 422]);
const isUnknown = ({ status }) => status === 0 || status >= 500;

/** What is kept of a submission that got no answer, by the task. */
export const keptKey = (task) => `task:${addressOf(task)}`;

// Not `task.action`: the buttons are named action, and a form's fields hide its own properties.
const addressOf = (task) => task.getAttribute('action');

/**
 * The buttons of the task: check, collect, send once. The idempotency key stays the same until the server has answered,
 * so a second try after a lost answer cannot act twice; after an answer the next press is a new act.
 */
export function wireSubmit({ form, task, exact, draft }) {
  let key = uniqueKey();
  let sending = false;

  // Leaving a field may show a message under it and move the button away from beneath the pointer, and the click is
  // lost. So a press of a button leaves the focus where it is, and the field is left when the click has arrived.
  task.addEventListener('mousedown', (event) => event.target.closest('button') && event.preventDefault());

  task.addEventListener('submit', async (event) => {
    event.preventDefault();
    // The inner form of form-js sends its own submit when Enter is pressed in a field: that is no decision.
    if (event.target !== task) return;
    await leaveField(task);
    const { data, errors, files } = form.submit();
    if (event.submitter?.formNoValidate || !Object.keys(errors).length) submit({ action: event.submitter?.value ?? '', data: exact(data), files });
    else showFieldErrors({ form, task, detail: t('form.check'), errors });
  });

  async function submit({ action, data, files = new Map(), again = key }) {
    if (sending) return;
    sending = true;
    key = again;
    busy(task, true);
    const answer = await send('POST', addressOf(task), { body: bodyOf(action, data, files), headers: { 'Idempotency-Key': key } });
    sending = false;
    busy(task, false);
    if (!isUnknown(answer)) key = uniqueKey();
    take(answer, { action, data, files, again });
  }

  function take(answer, sent) {
    if (answer.ok) return leave(answer.body.redirect);
    if (!DECIDED.has(answer.status)) return hold(answer, sent);
    forget(keptKey(task));
    const detail = reasonOf(answer);
    if (answer.status === 422) return showFieldErrors({ form, task, detail, fields: answer.body?.fields ?? {} });
    return showSummary(task, detail, { reload: answer.status === 409 });
  }

  // The line, the session or the server failed: nothing said no to what was filled in, so it is not let go.
  function hold(answer, { action, data, files, again }) {
    const held = keep(keptKey(task), { action, data, key: again, files: files.size });
    const detail = answer.status === 0 ? t(held ? 'form.held' : 'form.not_held') : `${reasonOf(answer)}${held ? t('form.kept_here') : ''}`;
    showSummary(task, detail, { retry: () => submit({ action, data, files, again: isUnknown(answer) ? again : uniqueKey() }) });
  }

  function leave(url) {
    forget(keptKey(task));
    forget(draft.url);
    forgetRows(draft.url);
    draft.drop();
    clearSummary(task);
    window.location.assign(url);
  }

  // Until now the server's page kept them shut: the browser's own submit knows neither the fields nor the token.
  busy(task, false);
  return submit;
}

const DRAWINGS = 3;

// A typed date reaches form-js when its field is left, after effects that each wait for a drawing of the page.
async function leaveField(task) {
  if (!task.contains(document.activeElement)) return;
  document.activeElement.blur();
  for (let drawn = 0; drawn < DRAWINGS; drawn += 1) await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
}

function bodyOf(action, data, files) {
  const body = new FormData();
  body.append('action', action);
  body.append('payload', JSON.stringify(data));
  for (const [name, chosen] of files) for (const file of chosen) body.append(name, file);
  return body;
}

function busy(task, is) {
  task.setAttribute('aria-busy', String(is));
  for (const button of task.querySelectorAll('button[name=action]')) button.disabled = is;
}
