/** `[data-print]`: buttons that print the page. */
export function wirePrint() {
  document.addEventListener('click', ({ target }) => {
    if (target.closest?.('[data-print]')) window.print();
  });
}
