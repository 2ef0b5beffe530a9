import { comparePythonStrings, pythonSplit } from '../../../text/python-text.ts';
import { charactersOf, SequenceMatcher } from '../../../text/sequence-matcher.ts';

/**
 * How alike two texts are as sets of words, 0 to 100: thefuzz 0.19's `token_set_ratio` on top of CPython's difflib (what one gets
 * where python-Levenshtein is not installed, as in the original's requirements).
 */
export function tokenSetRatio(a: string, b: string): number {
  const [first, second] = [new Set(wordsOf(a)), new Set(wordsOf(b))];
  if (first.size === 0 || second.size === 0) return 0;
  const common = [...first].filter((word) => second.has(word)).sort(comparePythonStrings);
  const shared = common.join(' ');
  const one = joined(
    shared,
    [...first].filter((word) => !second.has(word)),
  );
  const two = joined(
    shared,
    [...second].filter((word) => !first.has(word)),
  );
  return Math.max(ratio(shared, one), ratio(shared, two), ratio(one, two));
}

/** U+0080 to U+00FF go, other letters, digits and underscores stay, everything else separates. */
function wordsOf(text: string): string[] {
  const plain = text.replace(/[\u0080-\u00ff]/g, '').replace(/[^\p{L}\p{N}_]/gu, ' ');
  return pythonSplit(plain.toLowerCase());
}

function joined(shared: string, rest: string[]): string {
  return `${shared} ${rest.sort(comparePythonStrings).join(' ')}`.trim();
}

function ratio(a: string, b: string): number {
  if (a === b) return 100;
  if (a === '' || b === '') return 0;
  return roundHalfEven(100 * new SequenceMatcher(charactersOf(b)).ratio(charactersOf(a)));
}

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
