/** On a narrow screen the tabs are longer than the page: begin where the one is that is open. */
export function showOpenTab() {
  for (const tab of document.querySelectorAll('.tabs [aria-current]')) tab.scrollIntoView({ block: 'nearest', inline: 'center' });
}
