/**
 * Menus are `<details class="menu">`, dialogs are `<dialog>`: the browser does the work, this adds what it leaves out.
 * A menu closes on a click elsewhere and on Escape; `[data-dialog-open="#id"]` opens a dialog, `[data-dialog-close]` closes it.
 */
export function wireMenus() {
  document.addEventListener('click', ({ target }) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
    const opener = target.closest?.('[data-dialog-open]');
    if (opener) document.querySelector(opener.dataset.dialogOpen)?.showModal();
    if (target.closest?.('[data-dialog-close]')) target.closest('dialog')?.close();
  });
  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' ? document.querySelector('details.menu[open]') : null;
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
}
