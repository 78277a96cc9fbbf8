import { decimalOf, plainNumber } from '../lib/numbers.js';

/**
 * Numbers exactly as typed. form-js holds a JavaScript number, so that its expressions can calculate; beside it this
 * keeps the text that was typed or came from the server, and the payload carries that text as a string.
 * form-js also takes a comma for a decimal point: "1,234" pasted from a spreadsheet would become 1.234.
 */
export function exactNumbers(form, place, initial) {
  const texts = new Map();

  const remember = (path, value, text) => { if (text !== '' && Number(text) === value) texts.set(path.join('.'), text); };
  const isNumberField = (id) => form.get('formFieldRegistry').get(id)?.type === 'number';

  place.addEventListener('input', ({ target }) => {
    if (!target.closest?.('.fjs-form-field-number')) return;
    const plain = plainNumber(target.value).replace(/[,，]/g, '');
    if (plain !== target.value) target.value = plain;
  }, true);

  form.on('field.updated', ({ fieldInstance: { id, valuePath, indexes }, value }) => {
    if (isNumberField(id)) remember(valuePath, value, document.getElementById(domId(form, id, indexes))?.value ?? '');
  });

  /** `data` with every number field as a string, ready to be sent. */
  function exactly(data) {
    const copy = structuredClone(data);
    for (const { id, valuePath } of form.get('formFieldInstanceRegistry').getAllKeyed().filter(({ id }) => isNumberField(id))) {
      const value = at(copy, valuePath);
      if (typeof value === 'number') put(copy, valuePath, textOf(valuePath, value));
    }
    return copy;
  }

  function textOf(path, value) {
    const text = texts.get(path.join('.')) ?? String(at(initial, path) ?? '');
    return text !== '' && Number(text) === value ? text : decimalOf(value);
  }

  return exactly;
}

/** The id form-js gives the input of a field, of the row `indexes` in repeated groups. */
export function domId(form, id, indexes = {}) {
  return ['fjs-form', form._id, [id, ...Object.values(indexes)].join('_')].join('-');
}

const at = (data, path) => path.reduce((part, key) => part?.[key], data);

function put(data, path, value) {
  const holder = at(data, path.slice(0, -1));
  if (holder) holder[path.at(-1)] = value;
}
