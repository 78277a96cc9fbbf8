import { jsonOf } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { fitInto } from '../viewer/mount.js';
import { draftSaving, noticeIn, XML } from './draft.js';
import { BESIDE_PALETTE, buildModeler } from './modeler.js';
import { problemList } from './problems.js';
import { settleSimulation } from './simulation.js';
import { wireToolbar } from './toolbar.js';
import { missing } from './translate.js';

/** Make `place` the designer of one definition; resolves to the modeler, or null when the drawing could not be read. */
export async function mountDesigner(place) {
  const canvas = place.querySelector('[data-canvas]');
  const known = jsonOf(place.dataset.known) ?? {};
  const modeler = buildModeler({ canvas, properties: place.querySelector('[data-properties]'), known });
  const notice = noticeIn(place);
  const answer = await send('GET', place.dataset.xml, { headers: { Accept: XML } });
  if (!answer.ok) return refuse(notice, reasonOf(answer));
  if (!(await drawn(modeler, answer.body))) return refuse(notice, t('diagram.unreadable'));

  const problems = problemList(modeler, place.querySelector('[data-problems]'));
  const draft = draftSaving({ modeler, place, version: answer.headers.get('ETag'), notice });
  const simulate = settleSimulation(modeler, canvas, place.querySelectorAll('[data-act=simulate]'));
  wireToolbar({ modeler, place, problems, draft, notice, simulate });
  offerLeft({ modeler, draft, notice });
  await loadTemplates(modeler, place, notice);
  modeler.on('elementTemplates.errors', ({ errors }) => notice(errors.map(({ message }) => message).join('；')));
  place.addEventListener('bihuan:fit', () => fitInto(modeler.get('canvas'), BESIDE_PALETTE));
  place.dispatchEvent(new CustomEvent('bihuan:drawn', { detail: { modeler, missing }, bubbles: true }));
  return modeler;
}

async function drawn(modeler, xml) {
  try {
    await modeler.importXML(xml);
    fitInto(modeler.get('canvas'), BESIDE_PALETTE);
    return true;
  } catch {
    return false;
  }
}

function refuse(notice, text) {
  notice(text);
  return null;
}

// The catalogue of operations is the server's: what a diagram may call is registered there.
async function loadTemplates(modeler, place, notice) {
  if (!place.dataset.templates) return;
  const answer = await send('GET', place.dataset.templates);
  if (answer.ok) modeler.get('elementTemplatesLoader').setTemplates(answer.body);
  else notice(t('designer.no_templates', { reason: reasonOf(answer) }));
}

function offerLeft({ modeler, draft, notice }) {
  const left = draft.left();
  if (!left) return;
  notice(t('designer.left'), [
    [t('form.put_back'), async () => { draft.takeVersion(left.version); await drawn(modeler, left.xml); draft.touch(); }],
    [t('form.discard'), draft.forgetLeft],
  ]);
}
