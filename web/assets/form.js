import { mountForm } from './form/mount.js';
import { arriving } from './lib/arriving.js';

arriving('[data-form]', mountForm);
