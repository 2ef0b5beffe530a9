/**
 * The stem of an English word as Lucene's PorterStemmer makes it: Porter's algorithm of 1980 with his later rules for -bli
 * and -logi. Words of one or two characters stay. Whatever is not a vowel counts as a consonant.
 */
export function porterStem(word: string): string {
  if (word.length <= 2) return word;
  let stem = withoutPlural(word);
  stem = withoutPast(stem);
  if (stem.endsWith('y') && hasVowel(stem, stem.length - 1)) stem = `${stem.slice(0, -1)}i`;
  if (stem.length > 1) stem = replaceSuffix(stem, LONG_SUFFIXES, 0);
  stem = replaceSuffix(stem, SHORT_SUFFIXES, 0);
  stem = replaceSuffix(stem, LAST_SUFFIXES, 1);
  return withoutFinal(stem);
}

/** Step 1a. */
function withoutPlural(word: string): string {
  if (!word.endsWith('s')) return word;
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (word.endsWith('ies')) return `${word.slice(0, -3)}i`;
  return word.at(-2) === 's' ? word : word.slice(0, -1);
}

/** Step 1b: -eed, -ed, -ing. */
function withoutPast(word: string): string {
  if (word.endsWith('eed')) return measure(word, word.length - 3) > 0 ? word.slice(0, -1) : word;
  const cut = word.endsWith('ed') ? 2 : word.endsWith('ing') ? 3 : 0;
  if (cut === 0 || !hasVowel(word, word.length - cut)) return word;
  const stem = word.slice(0, -cut);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem, stem.length) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

/** Step 5. */
function withoutFinal(word: string): string {
  let stem = word;
  const before = measure(word, word.length);
  if (stem.endsWith('e') && (before > 1 || (before === 1 && !endsShort(stem.slice(0, -1))))) stem = stem.slice(0, -1);
  return before > 1 && stem.endsWith('l') && endsDouble(stem) ? stem.slice(0, -1) : stem;
}

type Rules = readonly (readonly [suffix: string, replacement: string])[];

/** Of the suffixes the first that fits decides, whether or not what is before it is long enough. */
function replaceSuffix(word: string, rules: Rules, least: number): string {
  for (const [suffix, replacement] of rules) {
    if (!word.endsWith(suffix)) continue;
    const length = word.length - suffix.length;
    if (suffix === 'ion' && !/[st]$/.test(word.slice(0, length))) continue;
    return measure(word, length) > least ? word.slice(0, length) + replacement : word;
  }
  return word;
}

const LONG_SUFFIXES: Rules = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log'],
];

const SHORT_SUFFIXES: Rules = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const LAST_SUFFIXES: Rules = [
  'al',
  'ance',
  'ence',
  'er',
  'ic',
  'able',
  'ible',
  'ant',
  'ement',
  'ment',
  'ent',
  'ion',
  'ou',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
].map((suffix) => [suffix, '']);

function isVowel(word: string, at: number): boolean {
  switch (word[at]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
      return true;
    case 'y':
      return at > 0 && !isVowel(word, at - 1);
    default:
      return false;
  }
}

function hasVowel(word: string, length: number): boolean {
  for (let i = 0; i < length; i++) if (isVowel(word, i)) return true;
  return false;
}

/** How often a consonant follows a vowel in the first `length` characters: the m of [C](VC)^m[V]. */
function measure(word: string, length: number): number {
  let count = 0;
  let vowel = false;
  for (let i = 0; i < length; i++) {
    const now = isVowel(word, i);
    if (vowel && !now) count++;
    vowel = now;
  }
  return count;
}

function endsDouble(word: string): boolean {
  const last = word.length - 1;
  return last >= 1 && word[last] === word[last - 1] && !isVowel(word, last);
}

/** Consonant, vowel, consonant other than w, x, y: `hop` in hoping. */
function endsShort(word: string): boolean {
  const last = word.length - 1;
  if (last < 2 || isVowel(word, last) || !isVowel(word, last - 1) || isVowel(word, last - 2)) return false;
  return !/[wxy]$/.test(word);
}
