const FULL_WIDTH = { '．': '.', '－': '-', '−': '-', '＋': '+', '　': ' ' };

/** What somebody typed or pasted as plain digits: full width becomes half width, separators of thousands go. */
export function plainNumber(typed) {
  const half = typed
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[．－−＋　]/g, (sign) => FULL_WIDTH[sign])
    .trim();
  return half.replace(/(\d)[,，\s](?=\d{3}(?!\d))/g, '$1').replace(/^\+/, '');
}

/** True for finite decimal text: digits, one point, a sign. No exponents: nobody means them in a score sheet. */
export function isNumber(text) {
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(text);
}

/** A JavaScript number as decimal text without an exponent. */
export function decimalOf(value) {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}
