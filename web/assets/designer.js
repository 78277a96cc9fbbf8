import './designer/designer.css';
import { make } from './lib/page.js';
import { t } from './lib/texts.js';

const DESK = '(min-width: 992px)';

for (const place of document.querySelectorAll('[data-designer]')) {
  // Palette, canvas and properties need a desk; a phone gets the drawing and a sentence, and not the megabytes.
  if (matchMedia(DESK).matches) import('./designer/mount.js').then(({ mountDesigner }) => mountDesigner(place));
  else import('./viewer/mount.js').then(({ mountDiagram }) => showOnly(place, mountDiagram));
}

function showOnly(place, mountDiagram) {
  const view = make('div', { 'data-diagram': '', class: 'designer-view' });
  place.replaceChildren(make('p', { class: 'said' }, t('designer.desk_only')), view);
  mountDiagram(view, { url: place.dataset.xml });
}
