import { jsonOf } from './lib/page.js';
import { mountDiagram } from './viewer/mount.js';

for (const place of document.querySelectorAll('[data-diagram]'))
  mountDiagram(place, { url: place.dataset.src, marks: jsonOf(place.dataset.marks) ?? {} });
