import './tabler.scss';
import './app.css';
import { wireHtmx } from './app/htmx.js';
import { wireKeys } from './app/keys.js';
import { wireMenus } from './app/menus.js';
import { wirePrint } from './app/print.js';
import { wireSelection } from './app/rows.js';
import { showOpenTab } from './app/tabs.js';
import { offerTheme } from './app/theme.js';
import { watchConnection } from './lib/connection.js';

offerTheme();
wireHtmx();
wireMenus();
wireKeys();
wireSelection();
wirePrint();
showOpenTab();
watchConnection();
