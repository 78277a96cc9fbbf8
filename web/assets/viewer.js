import { arriving } from './lib/arriving.js';
import { jsonOf } from './lib/page.js';
import { mountDiagram } from './viewer/mount.js';

arriving('[data-diagram]', (place) => mountDiagram(place, { url: place.dataset.src, marks: jsonOf(place.dataset.marks) ?? {} }));
