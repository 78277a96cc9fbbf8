import { mountForm } from './form/mount.js';

for (const place of document.querySelectorAll('[data-form]')) mountForm(place);
