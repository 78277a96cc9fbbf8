/**
 * The cells of the table as rows and columns: an input where something may be entered,
 * a `[data-exempt]` cell where the unit is not assessed, so that pasted columns stay in step.
 */
export function gridOf(table) {
  const rows = [...table.tBodies]
    .flatMap((body) => [...body.rows])
    .map((row) => [...row.querySelectorAll('[data-cell]')])
    .filter((cells) => cells.length);
  const at = new Map(rows.flatMap((cells, row) => cells.map((cell, column) => [cell, { row, column }])));
  const inputs = rows.flat().filter(isInput);
  return { rows, inputs, at: (cell) => at.get(cell) };
}

export const isInput = (cell) => cell instanceof HTMLInputElement && !cell.disabled && !cell.readOnly;
export const keyOf = (cell) => cell.dataset.cell;

/** Names of a cell: `unit/indicator/field`. */
export function namesOf(cell) {
  const [unit, indicator, field] = keyOf(cell).split('/');
  return { unit, indicator, field };
}

/** Arrow keys, Enter and Tab move as in a spreadsheet; left and right only from the ends of what is written. */
export function wireMovement(table, grid) {
  table.addEventListener('keydown', (event) => {
    const step = isInput(event.target) && !event.isComposing ? stepOf(event) : null;
    const next = step && nextInput(grid, event.target, step);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
}

function stepOf({ key, shiftKey, ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey) return null;
  const { selectionStart, selectionEnd, value } = target;
  const all = selectionStart === 0 && selectionEnd === value.length;
  switch (key) {
    case 'ArrowUp': return [-1, 0];
    case 'ArrowDown': return [1, 0];
    case 'Enter': return [shiftKey ? -1 : 1, 0];
    case 'Tab': return [0, shiftKey ? -1 : 1];
    case 'ArrowLeft': return all || selectionEnd === 0 ? [0, -1] : null;
    case 'ArrowRight': return all || selectionStart === value.length ? [0, 1] : null;
    default: return null;
  }
}

// Cells that take nothing are stepped over; Tab leaves the table at its ends, as everywhere else.
function nextInput(grid, cell, [down, right]) {
  if (right) return grid.inputs[grid.inputs.indexOf(cell) + right] ?? null;
  const { row, column } = grid.at(cell);
  for (let next = row + down; grid.rows[next]; next += down) if (isInput(grid.rows[next][column])) return grid.rows[next][column];
  return null;
}
