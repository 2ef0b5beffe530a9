/** How Python writes values and cuts texts, where an environment's words were made by a Python program. */

/** `repr(x)` of a float: `10.0`, `0.1`, `1e+16`, `1e-05`, `inf`, `nan`. */
export function pythonFloat(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf';
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0';
  const [digits, power] = x.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = Math.abs(exponent);
    return `${digits}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  const plain = exponent < 0 ? x.toFixed(digits.replace(/\D/g, '').length - 1 - exponent) : String(x);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** `repr(s)` of a string: the quotes, and everything that does not print as an escape. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    if (character === quote || character === '\\') out += `\\${character}`;
    else if (character >= ' ' && character <= '~') out += character;
    else if (UNPRINTABLE.test(character)) out += escaped(character);
    else out += character;
  }
  return out + quote;
}

/** What `str.isprintable` refuses. */
const UNPRINTABLE = /[\p{C}\p{Z}]/u;

function escaped(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  if (short !== undefined) return short;
  const point = character.codePointAt(0) as number;
  if (point < 0x100) return `\\x${hex(point, 2)}`;
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

function hex(point: number, width: number): string {
  return point.toString(16).padStart(width, '0');
}

/** The order in which Python sorts strings: by code point, not by UTF-16 code unit. */
export function comparePythonStrings(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  if (i >= a.length || i >= b.length) return a.length - b.length;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  // A surrogate stands for a code point above all others.
  const [high, low] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff];
  return high === low ? x - y : high ? 1 : -1;
}

/** What `str.strip()` and `str.split()` take for white space: not what JavaScript does (U+001C…U+001F, U+0085; not U+FEFF). */
export const PYTHON_SPACE = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const AT_START = new RegExp(`^${PYTHON_SPACE}+`);
const INSIDE = new RegExp(`${PYTHON_SPACE}+`);
const ANY = new RegExp(PYTHON_SPACE);

/** `text.strip()`. */
export function pythonStrip(text: string): string {
  let end = text.length;
  while (end > 0 && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end).replace(AT_START, '');
}

/** `text.split()`. */
export function pythonSplit(text: string): string[] {
  const stripped = pythonStrip(text);
  return stripped === '' ? [] : stripped.split(INSIDE);
}

/** White space as Python sees it, by code unit. */
export function isPythonSpace(unit: number): boolean {
  return (
    unit === 0x20 ||
    (unit >= 9 && unit <= 13) ||
    (unit >= 0x1c && unit <= 0x1f) ||
    (unit > 0x7f && ANY.test(String.fromCharCode(unit)))
  );
}
