import { translate } from './translate.js';

// Token simulation writes English straight into the page; everything it makes has a class of its own.
const ITS_OWN = '[class^="bts-"], [class*=" bts-"]';

/** Put the simulation's texts into the page's language whenever it adds some, and name the toggle's state. */
export function settleSimulation(modeler, root, buttons) {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node instanceof Element) translateIn(node);
  }).observe(root, { childList: true, subtree: true });
  for (const node of root.querySelectorAll(ITS_OWN)) translateIn(node);

  modeler.on('tokenSimulation.toggleMode', ({ active }) => {
    root.classList.toggle('is-simulating', active);
    for (const button of buttons) button.setAttribute('aria-pressed', String(active));
  });
  return () => modeler.get('toggleMode').toggleMode();
}

function translateIn(node) {
  const own = node.matches(ITS_OWN) ? [node, ...node.querySelectorAll('*')] : [...node.querySelectorAll(ITS_OWN)].flatMap((part) => [part, ...part.querySelectorAll('*')]);
  for (const element of own) {
    if (element.title) replace(element.title, (text) => { element.title = text; });
    for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) replace(child.data, (text) => { child.data = text; });
  }
}

function replace(text, write) {
  const words = text.trim();
  if (words.length < 2 || !/[A-Za-z]{2}/.test(words)) return;
  const translated = translate(words);
  if (translated !== words) write(text.replace(words, translated));
}
