import './together/together.css';
import { mountTogether } from './together/mount.js';
import { arriving } from './lib/arriving.js';

arriving('form[data-together]', mountTogether);
