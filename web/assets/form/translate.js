import chinese from '../texts/forms-zh.json';
import { filled, language } from '../lib/texts.js';

/** Texts that form-js asked for and the dictionary does not have; a test wants it empty. */
export const missing = new Set();

export const translateForms = { translate: ['value', translated] };

function translated(template, values = {}) {
  if (language === 'zh' && !(template in chinese)) missing.add(template);
  return filled(language === 'zh' ? (chinese[template] ?? template) : template, values);
}
