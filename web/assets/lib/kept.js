import { meta } from './page.js';

// Computers are shared: what one person left behind must not be offered to the next.
const nameOf = (key) => `bihuan.kept.${meta('account')}.${key}`;

/** Keep `value` in this browser under `key`. False when there is no room or storage is switched off. */
export function keep(key, value) {
  try {
    localStorage.setItem(nameOf(key), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** What was kept under `key`, or null. */
export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(nameOf(key)));
  } catch {
    return null;
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(nameOf(key));
  } catch {
    // Storage is switched off: there is nothing to forget.
  }
}
