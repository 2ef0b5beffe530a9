/** An action taken apart: `click[buy now]` is the name `click` with the argument `buy now`. */
export interface Action {
  readonly name: string;
  /** Absent where the text has no brackets with something before and in them. */
  readonly argument?: string;
}

/**
 * Reads an action as the original does, with Python's `(.+)\[(.+)\]` matched at the start: everything up to the last opening bracket is
 * the name, what follows the last closing bracket is ignored, nothing after a line break counts.
 */
export function parseAction(text: string): Action {
  const end = text.indexOf('\n');
  const line = end < 0 ? text : text.slice(0, end);
  const close = line.lastIndexOf(']');
  const open = close < 2 ? -1 : line.lastIndexOf('[', close - 2);
  return open < 1 ? { name: text } : { name: line.slice(0, open), argument: line.slice(open + 1, close) };
}
