import htmx from 'htmx.org';
import { connectionHeld, connectionLost } from '../lib/connection.js';
import { meta, uniqueKey } from '../lib/page.js';
import { reasonOf } from '../lib/send.js';
import { say } from './say.js';

// A page may still set others in <meta name="htmx-config">; these are the ones a strict Content-Security-Policy needs.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  // Snapshots of pages in the browser's storage would show one person's matters to the next.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  // A refused form (422) and a lost race (409) come back as the part of the page that says so.
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '4(09|22)', swap: true, error: false },
    { code: '[45]..', swap: false, error: true },
  ],
});

// One key for one act: a request that got no answer and is sent again must not act twice.
const keys = new WeakMap();

/** CSRF token and idempotency key for every changing request; failures are said in words. */
export function wireHtmx() {
  const on = (name, listener) => document.addEventListener(`htmx:${name}`, listener);
  on('configRequest', ({ detail }) => sign(detail));
  on('afterRequest', ({ detail }) => settle(detail));
  on('sendError', connectionLost);
  on('timeout', connectionLost);
  on('responseError', ({ detail }) => say(reasonOf({ status: detail.xhr.status, body: problemOf(detail.xhr) }), 'refused'));
}

function sign({ verb, headers, elt }) {
  if (verb === 'get') return;
  if (!keys.has(elt)) keys.set(elt, uniqueKey());
  headers['X-CSRF-Token'] = meta('csrf-token');
  headers['Idempotency-Key'] = keys.get(elt);
}

function settle({ xhr, requestConfig }) {
  if (xhr.status === 0) return;
  keys.delete(requestConfig.elt);
  connectionHeld();
}

function problemOf(xhr) {
  if (!/[/+]json/.test(xhr.getResponseHeader('Content-Type') ?? '')) return null;
  return JSON.parse(xhr.responseText);
}
