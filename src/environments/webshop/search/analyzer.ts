import { porterStem } from './porter-stem.ts';
import { eachWord } from './word-break.ts';

/** Words that Lucene's English analysis leaves out. */
const STOP_WORDS = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);

/** Words kept with their terms; a shop's vocabulary mostly fits. */
const REMEMBERED = 1 << 18;

const remembered = new Map<string, string>();

/**
 * The terms of a text, as Anserini's DefaultEnglishAnalyzer makes them with Lucene 8: words, without possessive 's, in lower
 * case, without stop words, stemmed.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  eachWord(text, (start, end) => {
    const word = text.slice(start, end);
    let term = remembered.get(word);
    if (term === undefined) {
      term = termOf(word);
      if (remembered.size >= REMEMBERED) remembered.clear();
      remembered.set(word, term);
    }
    if (term !== '') terms.push(term);
  });
  return terms;
}

/** Empty for a stop word. */
function termOf(word: string): string {
  const term = lowerCase(word.replace(/['\u2019\uff07][sS]$/, ''));
  return STOP_WORDS.has(term) ? '' : porterStem(term);
}

/** Character by character, as Java does it: a final sigma is like any other, and İ becomes i. */
function lowerCase(word: string): string {
  const lower = word.toLowerCase();
  if (lower.length === word.length && !lower.includes('ς')) return lower;
  return Array.from(word, (character) => (character === 'İ' ? 'i' : character.toLowerCase())).join('');
}
