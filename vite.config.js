import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const ENTRIES = ['early', 'app', 'form', 'viewer', 'charts', 'sheet', 'together', 'designer'];
const OUT = 'web/static/dist';

/**
 * Copies the licence of every package that went into the build to dist/licences/, with a list of them all.
 * The bpmn.io licences ask for it, and a list kept by hand would be forgotten with the next dependency.
 */
function shipLicences() {
  const used = new Set(Object.keys(packageAt('.').dependencies).map((name) => join('node_modules', name)));
  return {
    name: 'ship-licences',
    moduleParsed({ id }) {
      const found = /(node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id);
      if (found) used.add(found[1]);
    },
    closeBundle() {
      const target = join(OUT, 'licences');
      mkdirSync(target, { recursive: true });
      const lines = [...used].sort().flatMap((folder) => copyLicence(folder, target));
      writeFileSync(join(target, 'index.txt'), `${lines.join('\n')}\n`);
    },
  };
}

function copyLicence(folder, target) {
  if (!existsSync(join(folder, 'package.json'))) return [];
  const { name, version, license } = packageAt(folder);
  for (const file of readdirSync(folder).filter((entry) => /^(licen[cs]e|notice)(\.(txt|md))?$/i.test(entry)))
    cpSync(join(folder, file), join(target, `${name.replace('/', '__')}.${file.replace(/\.(txt|md)$/i, '')}.txt`));
  return [`${name} ${version}: ${license}`];
}

function packageAt(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

export default defineConfig({
  base: '/static/dist/',
  publicDir: false,
  plugins: [shipLicences()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: true,
    // Data URIs for fonts and scripts would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    chunkSizeWarningLimit: 2500,
    rolldownOptions: {
      input: Object.fromEntries(ENTRIES.map((name) => [name, `web/assets/${name}.js`])),
      // The only eval is htmx's; allowEval is off in it and the policy of the pages refuses it as well.
      checks: { eval: false },
    },
  },
});
