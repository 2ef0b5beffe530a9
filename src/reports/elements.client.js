/**
 * Elements and numbers for the scripts of pages. Text enters a page as text nodes alone, whatever it holds.
 *
 * @typedef {Node | string | false | null | undefined} Child
 * @typedef {Record<string, string | number | boolean | EventListener | undefined>} Attributes
 */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes a function is a listener.
 * @param {Child[]} children
 */
function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== false && child !== null && child !== undefined) element.append(child);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function make(name, attributes = {}, ...children) {
  return dress(document.createElement(name), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function draw(name, attributes = {}, ...children) {
  return dress(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly (readonly [value: number, text: string])[]} options
 * @param {number} value
 */
export function fillSelect(select, options, value) {
  select.replaceChildren(
    ...options.map(([key, text]) => make('option', { value: key, selected: key === value }, text)),
  );
}

/**
 * @param {string} text
 * @param {() => void} click
 * @param {Attributes} [attributes]
 */
export function button(text, click, attributes = {}) {
  return make('button', { type: 'button', click, ...attributes }, text);
}

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function readable(value, digits = 3) {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  const short = Number(value.toPrecision(Math.max(digits, Math.min(whole, 7))));
  return (whole > 7 || (size !== 0 && size < 1e-4) ? short.toExponential() : String(short)).replaceAll('-', '−');
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
