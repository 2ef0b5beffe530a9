import { GameTextError } from './errors.ts';

/** A list, or a lower-case word. */
export type Lisp = string | LispList;
export interface LispList extends Array<Lisp> {
  /** Line on which the list opens, from 1. */
  line?: number;
}

/** Deeper nesting is refused: no domain needs it, and a hostile file must not exhaust the stack. */
const DEEPEST = 200;

/**
 * Reads one parenthesized expression as Fast Downward does: `;` to the end of the line is a comment, everything is lower-cased, `?` begins
 * a word. A comma is part of a word.
 *
 * @throws GameTextError on unbalanced parentheses or text after the end
 */
export function parseLisp(text: string, part: string): LispList {
  const stack: LispList[] = [];
  let result: LispList | undefined;
  const lines = text.split(/\r\n|\r|\n/);
  lines.forEach((raw, index) => {
    const line = index + 1;
    const comment = raw.indexOf(';');
    const code = (comment < 0 ? raw : raw.slice(0, comment)).toLowerCase();
    for (const [token] of code.matchAll(/[()]|\?[^\s()?]*|[^\s()?]+/g)) {
      if (result) throw new GameTextError(part, `unexpected ${token} after the end of the definition`, line);
      if (token === '(') {
        const list: LispList = [];
        list.line = line;
        stack[stack.length - 1]?.push(list);
        stack.push(list);
        if (stack.length > DEEPEST) throw new GameTextError(part, `more than ${DEEPEST} nested parentheses`, line);
      } else if (token === ')') {
        const closed = stack.pop();
        if (!closed) throw new GameTextError(part, 'a parenthesis closes that was never opened', line);
        if (stack.length === 0) result = closed;
      } else {
        const open = stack[stack.length - 1];
        if (!open) throw new GameTextError(part, `expected a parenthesis, found ${token}`, line);
        open.push(token);
      }
    }
  });
  if (!result)
    throw new GameTextError(
      part,
      stack.length > 0 ? `${stack.length} parentheses are never closed` : 'it is empty',
      lines.length,
    );
  return result;
}
