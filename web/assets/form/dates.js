import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';
import { language } from '../lib/texts.js';

if (language === 'zh') flatpickr.localize({ ...Mandarin, firstDayOfWeek: 1 });

const APART = /^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*$/;
const TOGETHER = /^\s*(\d{4})(\d\d)(\d\d)\s*$/;

/**
 * Dates are year, month, day for everybody. form-js takes the order from the browser's language, and an English browser
 * stored 2026/11/20 as a day of another year without a word.
 */
export function settleDates(place) {
  for (const input of place.querySelectorAll('.fjs-datepicker input')) settle(input);
}

function settle(input) {
  const calendar = input._flatpickr;
  if (!calendar || calendar.config.parseDate === readDate) return;
  calendar.set({ parseDate: readDate, dateFormat: 'Y-m-d' });
  input.placeholder = '2026-01-31';
}

/** The day that was written, or nothing when there is no such day. */
function readDate(text) {
  const [, year, month, day] = (APART.exec(text) ?? TOGETHER.exec(text) ?? []).map(Number);
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : undefined;
}
