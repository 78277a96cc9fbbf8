import { make } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { fitInto } from '../viewer/mount.js';
import { XML, xmlOf } from './draft.js';
import { BESIDE_PALETTE } from './modeler.js';

/** The buttons `[data-act]` of the designer: undo, redo, fit, simulate, save, check, deploy, svg, xml, open. */
export function wireToolbar({ modeler, place, problems, draft, notice, simulate }) {
  const acts = {
    undo: () => modeler.get('commandStack').undo(),
    redo: () => modeler.get('commandStack').redo(),
    fit: () => fitInto(modeler.get('canvas'), BESIDE_PALETTE),
    simulate,
    save: async () => { draft.touch(); await draft.flush(); },
    check: () => ask(place.dataset.check, (body) => problems.show(body?.problems ?? [])),
    deploy: deployChecked,
    svg: async () => download(`${place.dataset.definition}.svg`, (await modeler.saveSVG()).svg, 'image/svg+xml'),
    xml: async () => download(`${place.dataset.definition}.bpmn`, await xmlOf(modeler), XML),
    open: () => chooseFile(opened),
  };

  place.addEventListener('click', async ({ target }) => {
    const button = target.closest('[data-act]');
    if (!button || !(button.dataset.act in acts)) return;
    button.disabled = true;
    await acts[button.dataset.act]();
    button.disabled = false;
    allow();
  });
  modeler.on('commandStack.changed', allow);
  // Until now the server's page kept them shut: there was no drawing to act on.
  for (const button of place.querySelectorAll('[data-act]')) button.disabled = false;
  allow();

  function allow() {
    const stack = modeler.get('commandStack');
    for (const button of place.querySelectorAll('[data-act=undo]')) button.disabled = !stack.canUndo();
    for (const button of place.querySelectorAll('[data-act=redo]')) button.disabled = !stack.canRedo();
  }

  // A version holds for every matter to come, so what the check doubts is deployed by a second click only.
  async function deployChecked() {
    const deploy = () => ask(place.dataset.deploy, deployed);
    let doubts = [];
    await ask(place.dataset.check, (body) => { doubts = (body?.problems ?? []).filter(({ severity }) => severity === 'warning'); problems.show(body?.problems ?? []); });
    if (!doubts.length) return deploy();
    return notice(t('designer.doubted', { count: doubts.length }), [[t('designer.deploy_anyway'), deploy]]);
  }

  // Check and deploy answer alike: 2xx or 422 with a list of problems, anything else with a reason.
  async function ask(url, take) {
    await draft.flush();
    const answer = await send('POST', url, { body: await xmlOf(modeler), type: XML });
    if (answer.ok) return take(answer.body);
    if (answer.body?.problems) problems.show(answer.body.problems);
    return notice(reasonOf(answer));
  }

  function deployed(body) {
    const { version, url, problems: warnings = [] } = body;
    draft.deployed(body);
    problems.show(warnings);
    for (const said of document.querySelectorAll('[data-deployed]')) said.textContent = t('designer.version_deployed', { version });
    notice(t('designer.deployed', { version }), url ? [[t('designer.open_version'), () => window.location.assign(url)]] : []);
  }

  // A file that cannot be read must not cost the drawing that was there.
  async function opened(file) {
    const before = await xmlOf(modeler);
    try {
      await modeler.importXML(await file.text());
      draft.touch();
    } catch {
      await modeler.importXML(before);
      notice(t('diagram.unreadable'));
    }
    fitInto(modeler.get('canvas'), BESIDE_PALETTE);
  }
}

function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

function chooseFile(take) {
  const input = make('input', { type: 'file', accept: '.bpmn,.xml' });
  input.addEventListener('change', () => input.files[0] && take(input.files[0]));
  input.click();
}
