import { isNumber } from './numbers.js';

/** Exact fractions of big integers, the denominator positive: what is equal on paper must be equal here. */
export function fraction(text) {
  const written = String(text ?? '');
  const [over, under] = written.split('/');
  if (under !== undefined) return divide(fraction(over), fraction(under));
  if (!isNumber(written)) return null;
  const [whole, part = ''] = written.split('.');
  return reduced(BigInt(whole.replace('-', '') + part || '0') * (written.startsWith('-') ? -1n : 1n), 10n ** BigInt(part.length));
}

const pair = (act) => (a, b) => (a && b ? act(a, b) : null);

export const add = pair((a, b) => reduced(a.n * b.d + b.n * a.d, a.d * b.d));
export const subtract = pair((a, b) => reduced(a.n * b.d - b.n * a.d, a.d * b.d));
export const divide = pair((a, b) => (b.n === 0n ? null : reduced(a.n * b.d, a.d * b.n)));
/** Negative, zero or positive, for sorting; both must be there. */
export const compare = (a, b) => sign(a.n * b.d - b.n * a.d);
export const isZero = (a) => a?.n === 0n;

/** Rounded half up (away from zero) to `places`, as text. */
export function rounded(value, places) {
  const scale = 10n ** BigInt(places);
  const size = value.n < 0n ? -value.n : value.n;
  const digits = String((2n * size * scale + value.d) / (2n * value.d)).padStart(places + 1, '0');
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return value.n < 0n && /[1-9]/.test(text) ? `-${text}` : text;
}

function reduced(n, d) {
  const up = d < 0n ? [-n, -d] : [n, d];
  let [a, b] = [up[0] < 0n ? -up[0] : up[0], up[1]];
  while (b) [a, b] = [b, a % b];
  return a ? { n: up[0] / a, d: up[1] / a } : { n: 0n, d: 1n };
}

const sign = (n) => (n > 0n ? 1 : n < 0n ? -1 : 0);
