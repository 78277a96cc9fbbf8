import { autosave } from '../lib/autosave.js';
import { forget, keep, kept } from '../lib/kept.js';
import { clockOf, make } from '../lib/page.js';
import { reasonOf, send } from '../lib/send.js';
import { t } from '../lib/texts.js';
import { guardUnsaved } from '../lib/unsaved.js';

const EVERY = 3_000;
export const XML = 'application/xml';

/**
 * The draft follows the drawing: `PUT` of the XML with `If-Match: <version>`, answered with `{version, saved_at}`.
 * 409 or 412 with `{by, saved_at, version}` means that somebody else saved since; then nothing is overwritten unasked.
 */
export function draftSaving({ modeler, place, version, notice }) {
  // The address names the version the drawing began from and changes with it; what is kept here is kept without.
  const address = () => place.dataset.draft;
  const url = address().split('?')[0];
  const saver = autosave(EVERY, save);
  let held = version;
  let contested = false;

  async function save() {
    if (contested) return true;
    const xml = await xmlOf(modeler);
    const answer = await send('PUT', address(), { body: xml, type: XML, headers: held ? { 'If-Match': held } : {} });
    if (answer.ok) return saved(answer);
    if (answer.status === 409 || answer.status === 412) return conflict(answer);
    const stays = keep(url, { xml, version: held });
    state(answer.status === 0 && stays ? t('draft.kept') : reasonOf(answer));
    return answer.status >= 400 && answer.status < 500;
  }

  function saved({ body }) {
    held = body?.version ?? held;
    forget(url);
    state(t('designer.draft_saved', { time: clockOf(body?.saved_at) }));
    return true;
  }

  function conflict({ body }) {
    contested = true;
    state(t('designer.draft_not_saved'));
    notice(t('designer.conflict', { by: body?.by ?? t('designer.somebody'), time: clockOf(body?.saved_at) }), [
      [t('designer.take_theirs'), () => { saver.drop(); forget(url); window.location.reload(); }],
      [t('designer.keep_mine'), () => { follow(body); held = body?.version; contested = false; saver.touch(); saver.flush(); }],
    ]);
    return true;
  }

  function state(text) {
    for (const said of document.querySelectorAll('[data-draft-state]')) said.textContent = text;
  }

  function follow(body) {
    for (const name of ['draft', 'deploy']) if (body?.[name]) place.dataset[name] = body[name];
  }

  modeler.on('commandStack.changed', () => {
    state(t('designer.draft_changed'));
    saver.touch();
  });
  guardUnsaved(() => saver.isDirty() || contested);
  state(held ? t('designer.draft') : t('designer.unchanged'));

  return {
    flush: saver.flush,
    touch: saver.touch,
    /** What an earlier visit could not save, as `{xml, version}`, or null. */
    left: () => kept(url),
    takeVersion: (of) => { held = of; },
    /** The drawing has become the current version: there is no draft any more, and the next one begins from it. */
    deployed(body) {
      const goesOn = contested || saver.isDirty();
      follow(body);
      held = undefined;
      contested = false;
      forget(url);
      state(t('designer.unchanged'));
      // What was drawn while the server deployed begins the next draft.
      if (goesOn) saver.touch();
    },
    forgetLeft: () => forget(url),
  };
}

export async function xmlOf(modeler) {
  const { xml } = await modeler.saveXML({ format: true });
  return xml;
}

/** A notice over the canvas with buttons; one at a time. */
export function noticeIn(place) {
  return (text, choices = []) => {
    place.querySelector('.designer-notice')?.remove();
    const box = make('div', { class: 'designer-notice', role: 'alert' }, make('span', {}, text));
    for (const [label, act] of choices) {
      const button = make('button', { type: 'button', class: 'btn' }, label);
      button.addEventListener('click', () => { box.remove(); act(); });
      box.append(button);
    }
    place.querySelector('[data-canvas]').prepend(box);
  };
}
