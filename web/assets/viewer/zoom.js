import { make } from '../lib/page.js';
import { t } from '../lib/texts.js';

/** Three buttons at the bottom left, in the line of the bpmn.io mark: the bottom right is its own and must stay free. */
export function zoomButtons(viewer) {
  const canvas = viewer.get('canvas');
  const button = (sign, text, act) => {
    const made = make('button', { type: 'button', class: 'icon-button', 'aria-label': text, title: text }, sign);
    made.addEventListener('click', act);
    return made;
  };
  return make('div', { class: 'diagram-zoom', role: 'group', 'aria-label': t('diagram.zoom') },
    button('+', t('diagram.zoom_in'), () => canvas.zoom(canvas.zoom() * 1.25, 'auto')),
    button('−', t('diagram.zoom_out'), () => canvas.zoom(canvas.zoom() / 1.25, 'auto')),
    button('⤢', t('diagram.fit'), ({ target }) => target.closest('[data-diagram], [data-designer]').dispatchEvent(new CustomEvent('bihuan:fit'))));
}
