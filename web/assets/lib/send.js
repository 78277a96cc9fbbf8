import { t } from './texts.js';
import { meta } from './page.js';
import { connectionLost, connectionHeld } from './connection.js';

/**
 * One request to our own server, never thrown: `{ok, status, body, headers}`.
 * Status 0 means that no answer came; whether the server acted is then unknown.
 */
export async function send(method, url, { body, type, headers = {} } = {}) {
  const request = { method, body, headers: { Accept: 'application/json', 'X-CSRF-Token': meta('csrf-token'), ...headers } };
  if (type) request.headers['Content-Type'] = type;
  try {
    const response = await fetch(url, { credentials: 'same-origin', redirect: 'follow', ...request });
    connectionHeld();
    return { ok: response.ok, status: response.status, headers: response.headers, body: await contentOf(response) };
  } catch {
    connectionLost();
    return { ok: false, status: 0, headers: new Headers(), body: null };
  }
}

export function sendJson(method, url, value, headers = {}) {
  return send(method, url, { body: JSON.stringify(value), type: 'application/json', headers });
}

/** The one sentence that says why an answer is no. */
export function reasonOf({ status, body }) {
  if (status === 0) return t('send.lost');
  if (body && typeof body === 'object' && body.detail) return body.detail;
  if (status === 401) return t('send.signed_out');
  if (status === 403) return t('send.forbidden');
  if (status === 413) return t('send.too_large');
  return t('send.failed', { status });
}

async function contentOf(response) {
  const kind = response.headers.get('Content-Type') ?? '';
  if (/[/+]json/.test(kind)) return response.json();
  return response.text();
}
