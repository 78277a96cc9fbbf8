// Loaded before the first paint as a classic script: a page must not flash white at somebody who works in the dark.
{
  let choice = null;
  try {
    choice = localStorage.getItem('bihuan.theme');
  } catch {
    // Storage is switched off: the system's own choice holds.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-bs-theme', dark ? 'dark' : 'light');
}
