// A save the server did not take for its own reasons (a restart, a full disk) is tried again after this long.
const RETRY = 15_000;

/**
 * Saving that follows the typing: `touch()` asks for a save at most every `every` milliseconds, never two at once.
 * `save` resolves to true when the matter is settled, to false when it must be tried again.
 */
export function autosave(every, save) {
  let timer = null;
  let running = null;
  let dirty = false;

  function touch() {
    dirty = true;
    schedule(every);
  }

  function schedule(delay) {
    if (timer === null && running === null) timer = setTimeout(run, delay);
  }

  async function run() {
    clearTimeout(timer);
    timer = null;
    if (!dirty || running) return;
    dirty = false;
    running = save();
    const settled = await running;
    running = null;
    dirty = dirty || !settled;
    if (dirty) schedule(settled ? every : RETRY);
  }

  /** Save now what is not saved yet; true when the server then has everything. */
  async function flush() {
    await running;
    await run();
    return !dirty;
  }

  function drop() {
    dirty = false;
    clearTimeout(timer);
    timer = null;
  }

  document.addEventListener('bihuan:online', run);
  return { touch, flush, drop, isDirty: () => dirty || running !== null };
}
