import './sheet/sheet.css';
import { arriving } from './lib/arriving.js';
import { mountSheet } from './sheet/mount.js';

arriving('table[data-sheet]', mountSheet);
