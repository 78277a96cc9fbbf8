/** Do `mount` once for every element that matches, those here now and those that htmx brings into the page later. */
export function arriving(selector, mount) {
  const mounted = new WeakSet();
  const look = () => {
    for (const place of document.querySelectorAll(selector)) {
      if (mounted.has(place)) continue;
      mounted.add(place);
      mount(place);
    }
  };
  document.addEventListener('htmx:load', look);
  look();
}
