/** The JSON of a `<script type="application/json">` block, or null where the page has none. */
export function jsonOf(selector) {
  const block = selector ? document.querySelector(selector) : null;
  return block ? JSON.parse(block.textContent) : null;
}

/** What the server said of this page: `<meta name="...">`. */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? '';
}

/** An element with text, attributes and children; `class` and `data-...` are attributes like any other. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Hours and minutes of an instant as the server wrote it (its clock may not be this computer's), or of now. */
export function clockOf(instant) {
  const written = /T(\d\d:\d\d)/.exec(instant ?? '');
  if (written) return written[1];
  return new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** An identifier nobody else has. `crypto.randomUUID` is missing on plain http, where offices still run. */
export function uniqueKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** True where a key press belongs to what the person is writing. */
export function isTyping(event) {
  const target = event.target instanceof Element ? event.target : null;
  return event.isComposing || Boolean(target?.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]'));
}
