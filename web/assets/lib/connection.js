import { make } from './page.js';
import { t } from './texts.js';

// Pages on which people write say that nothing is lost; on the others that would be an empty promise.
const WRITING = '[data-form], [data-sheet], [data-together], [data-designer]';
const ASK_AGAIN = 5_000;

let notice = null;
let asking = null;

/** Say, once, that the server does not answer, and go on asking whether it is back. */
export function connectionLost() {
  if (notice) return;
  const text = t(document.querySelector(WRITING) ? 'connection.lost_kept' : 'connection.lost');
  notice = make('div', { class: 'connection-notice', role: 'status' }, text);
  document.body.append(notice);
  asking = setInterval(askServer, ASK_AGAIN);
}

/** The server answers again: what was kept may be sent. Announces `bihuan:online` on the document. */
export function connectionHeld() {
  if (!notice) return;
  clearInterval(asking);
  notice.remove();
  notice = null;
  document.dispatchEvent(new CustomEvent('bihuan:online'));
}

export function watchConnection() {
  window.addEventListener('offline', connectionLost);
  window.addEventListener('online', askServer);
}

async function askServer() {
  try {
    await fetch('/livez', { cache: 'no-store' });
    connectionHeld();
  } catch {
    // Still away: the next round asks again.
  }
}
