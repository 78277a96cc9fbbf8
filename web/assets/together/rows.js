/** The rows of a sheet and the questions in their cells: a field is named `row.key`, a cell holds `data-question="key"`. */

export const isChosen = (row) => row.querySelector('[data-together-chosen]').checked;
export const fields = (row) => [...row.querySelectorAll('[data-question] [name]')];
export const keyOf = (field) => field.name.slice(field.name.indexOf('.') + 1);
export const cellOf = (row, key) => row.querySelector(`[data-question="${key}"]`);

/** The row's answers, an empty field as null. */
export function answers(row) {
  const found = {};
  for (const field of fields(row)) {
    if (field.type === 'radio' && !field.checked) continue;
    found[keyOf(field)] = field.value === '' ? null : field.value;
  }
  return found;
}

/** The answers without those of questions that another answer hides. */
export function shownAnswers(row) {
  const hidden = new Set([...row.querySelectorAll('.together-field[hidden] [name]')].map(keyOf));
  return Object.fromEntries(Object.entries(answers(row)).filter(([key]) => !hidden.has(key)));
}

/** What a row that is left out, or a hidden question, would require must not hold up the others. */
export function require(row) {
  for (const field of fields(row)) field.disabled = !isChosen(row) || field.closest('.together-field').hidden;
}

/** Questions that another answer hides: `data-shown-when="criterion=value"`. */
export function followConditions(row) {
  const look = () => {
    for (const part of row.querySelectorAll('[data-shown-when]:not([data-shown-when=""])')) {
      const [key, wanted] = part.dataset.shownWhen.split('=');
      part.hidden = answers(row)[key] !== wanted;
    }
    require(row);
  };
  row.addEventListener('change', look);
  look();
}

/** What stands in a cell as text; null where nothing is chosen. */
export function valueOf(cell) {
  const field = cell.querySelector('input:not([type=radio]), textarea');
  if (field) return field.value;
  return cell.querySelector('input:checked')?.value ?? null;
}

/**
 * Put a text into a cell as if it were typed: an option by its value or its label, a date as it is written in an office.
 * False where the text is none of these, or the cell is not asked for.
 */
export function put(cell, text) {
  const field = cell.querySelector('[name]');
  if (!field || cell.querySelector('.together-field').hidden) return false;
  if (field.type === 'radio') return choose(cell, text.trim());
  const value = field.type === 'date' ? dateOf(text.trim()) : field.tagName === 'TEXTAREA' ? text : text.trim();
  if (value === null) return false;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
}

function choose(cell, text) {
  const options = [...cell.querySelectorAll('input[type=radio]')];
  const found = options.find((option) => option.value === text || option.closest('label').textContent.trim() === text);
  if (found && !found.checked) found.click();
  return Boolean(found);
}

function dateOf(text) {
  if (text === '') return '';
  const [, year, month, day] = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(text) ?? [];
  return year ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : null;
}
