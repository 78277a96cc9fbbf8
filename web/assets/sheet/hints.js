import { add, compare, divide, fraction, isZero, rounded, subtract } from '../lib/fraction.js';
import { t } from '../lib/texts.js';
import { isNumber } from '../lib/numbers.js';
import { namesOf } from './grid.js';
import { valueOf } from './cells.js';

const ONE = fraction('1');

/**
 * Lag and rank while somebody types: a hint, the server decides.
 * Facts: `{field, indicators: {code: {expected, direction, kind, low, high, width, counts}}, targets: {"unit/indicator": text},
 * expected: {"unit/indicator": text}, groups: {unit: group}, instead: field}`; a filled cell of the field `instead` counts
 * in place of the one beside it; of an indicator that `counts` another field, the cell of that field alone. Shown in `[data-lag="unit/indicator"]` and `[data-rank="unit/indicator"]`.
 */
export function wireHints(grid, facts) {
  const rule = (cell) => facts?.indicators[namesOf(cell).indicator];
  const inputs = grid.inputs.filter((cell) => rule(cell) && namesOf(cell).field === (rule(cell).counts ?? facts.field));
  const beside = grid.inputs.filter((cell) => rule(cell) && !rule(cell).counts && namesOf(cell).field === facts.instead);
  const instead = new Map(beside.map((cell) => [pairOf(cell), cell]));
  return { refresh: (cells) => facts && refresh(inputs, instead, facts, new Set(cells.map((cell) => namesOf(cell).indicator))) };
}

function refresh(inputs, instead, facts, touched) {
  for (const indicator of touched) {
    const standing = inputs.filter((cell) => namesOf(cell).indicator === indicator).map((cell) => standingOf(cell, facts, counted(cell, instead)));
    for (const one of standing) {
      write(`[data-lag="${one.key}"]`, one.lead ? signed(one.lead) : one.why, Boolean(one.lead && one.lead.n < 0n));
      write(`[data-rank="${one.key}"]`, one.lead ? rankOf(one, standing) : '');
    }
  }
}

function pairOf(cell) {
  const { unit, indicator } = namesOf(cell);
  return `${unit}/${indicator}`;
}

function counted(cell, instead) {
  const other = instead.get(pairOf(cell));
  return (other && valueOf(other)) || valueOf(cell);
}

/** How far one value is: `{key, group, progress, lead}` or, where it cannot be ranked, `{key, why}`. */
export function standingOf(cell, facts, value = valueOf(cell)) {
  const { unit, indicator } = namesOf(cell);
  const key = pairOf(cell);
  const rule = facts.indicators[indicator];
  const target = fraction(facts.targets?.[key]);
  const expected = fraction(facts.expected?.[key] ?? rule.expected);
  if (value === '') return { key, why: t('sheet.missing') };
  if (!isNumber(value)) return { key, why: '' };
  if (isZero(expected)) return { key, why: t('sheet.not_due') };
  const progress = progressOf(fraction(value), target, rule);
  if (!progress) return { key, why: t('sheet.no_target') };
  const spends = rule.direction === 'lower_better' && rule.kind === 'cumulative';
  return { key, group: facts.groups?.[unit] ?? '', order: spends ? subtract(ONE, progress) : progress, lead: spends ? subtract(expected, progress) : subtract(progress, expected) };
}

// The same arithmetic as the warnings: share of the target, its mirror for a level to be kept low, distance for a range.
function progressOf(value, target, { direction, kind, low, high, width }) {
  if (direction === 'range') return subtract(ONE, divide(distance(value, fraction(low), fraction(high)), fraction(width)));
  const share = divide(value, target);
  return direction === 'lower_better' && kind === 'level' ? subtract(add(ONE, ONE), share) : share;
}

function distance(value, low, high) {
  if (compare(value, low) < 0) return subtract(low, value);
  return compare(value, high) > 0 ? subtract(value, high) : fraction('0');
}

// Competition ranking: 1, 2, 2, 4.
function rankOf(one, all) {
  const peers = all.filter((other) => other.lead && other.group === one.group);
  const better = peers.filter((other) => compare(other.order, one.order) > 0).length;
  return t('sheet.rank', { rank: better + 1, of: peers.length });
}

function signed(lead) {
  const points = rounded({ n: lead.n * 100n, d: lead.d }, 1);
  if (points.startsWith('-')) return points.replace('-', '−');
  return lead.n > 0n ? `+${points}` : points;
}

function write(selector, text, behind = false) {
  for (const place of document.querySelectorAll(selector)) {
    place.textContent = text;
    place.classList.toggle('is-behind', behind);
  }
}
