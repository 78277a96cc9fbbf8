import en from '../texts/en.json';
import zh from '../texts/zh.json';

/** The language of the page as the server rendered it; Chinese unless the page says English. */
export const language = document.documentElement.lang.startsWith('en') ? 'en' : 'zh';

const texts = { zh, en }[language];

/** The text of `key` in the page's language, with `{name}` replaced. An unknown key is shown, so that it is seen. */
export function t(key, values = {}) {
  return filled(texts[key] ?? key, values);
}

export function filled(template, values) {
  return template.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
}
