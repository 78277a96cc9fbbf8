import './sheet/sheet.css';
import { mountSheet } from './sheet/mount.js';

for (const table of document.querySelectorAll('table[data-sheet]')) mountSheet(table);
