import { t } from '../lib/texts.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

/** `<button data-theme-toggle>` changes between light and dark; the choice stays with this browser. */
export function offerTheme() {
  for (const button of document.querySelectorAll('[data-theme-toggle]')) button.addEventListener('click', toggle);
  system.addEventListener('change', () => chosen() || show(system.matches ? 'dark' : 'light'));
  printLight();
  label();
}

// Paper is white: what stands in light letters on a dark screen would be printed as next to nothing.
function printLight() {
  let shown = null;
  addEventListener('beforeprint', () => {
    shown = root.dataset.bsTheme;
    show('light');
  });
  addEventListener('afterprint', () => show(shown));
}

function toggle() {
  const theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('bihuan.theme', theme);
  } catch {
    // Storage is switched off: the choice holds for this page.
  }
  show(theme);
}

function chosen() {
  try {
    return localStorage.getItem('bihuan.theme');
  } catch {
    return null;
  }
}

function show(theme) {
  root.dataset.bsTheme = theme;
  label();
  document.dispatchEvent(new CustomEvent('bihuan:theme', { detail: theme }));
}

function label() {
  const text = t(root.dataset.bsTheme === 'dark' ? 'theme.to_light' : 'theme.to_dark');
  for (const button of document.querySelectorAll('[data-theme-toggle]')) {
    button.setAttribute('aria-label', text);
    button.title = text;
  }
}
