import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';

/** One quiet line at the head of the page; a refusal stays until it is closed, a fact goes with the next one. */
export function say(text, kind = 'fact') {
  document.querySelector('.said')?.remove();
  const close = make('button', { type: 'button', class: 'btn-close', 'aria-label': t('say.close') });
  const line = make('div', { class: `said said-${kind}`, role: kind === 'refused' ? 'alert' : 'status' }, make('span', {}, text), close);
  close.addEventListener('click', () => line.remove());
  const main = document.querySelector('main') ?? document.body;
  main.prepend(line);
}
