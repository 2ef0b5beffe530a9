import { comparePythonStrings, pythonString } from '../../../text/python-text.ts';

/** `json.dumps` of a dictionary of strings. */
export function jsonDumps(entries: Iterable<readonly [string, string]>): string {
  return `{${Array.from(entries, ([key, value]) => `${quoted(key)}: ${quoted(value)}`).join(', ')}}`;
}

/** The same as Flask's `tojson` writes it into a page: keys sorted, no character that means something in HTML. */
export function toJson(entries: Iterable<readonly [string, string]>): string {
  const sorted = Array.from(entries).sort(([a], [b]) => comparePythonStrings(a, b));
  return jsonDumps(sorted).replace(/[<>&']/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** `str` of a dictionary of strings. */
export function pythonDict(entries: Iterable<readonly [string, string]>): string {
  return `{${Array.from(entries, ([key, value]) => `${pythonString(key)}: ${pythonString(value)}`).join(', ')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
