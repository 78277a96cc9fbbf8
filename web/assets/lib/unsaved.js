/** Ask before the page is left while `isDirty()`; the sentence itself is the browser's own. */
export function guardUnsaved(isDirty) {
  window.addEventListener('beforeunload', (event) => {
    if (isDirty()) event.preventDefault();
  });
}
