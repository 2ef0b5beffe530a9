import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { WebShopDataError } from '../errors.ts';

/** Finds the nouns of a product's title: what the reward compares types by. */
export interface NounTagger {
  /** Who tags, with version; shown with every reward. */
  readonly name: string;
  /** Whether the nouns are those of the tagger that the original uses. */
  readonly exact: boolean;
  /** Common and proper nouns in lower case, in their order, repetitions included. */
  nouns(title: string): readonly string[];
}

/** Titles kept with their nouns. */
const REMEMBERED = 1 << 14;

/**
 * Tags with wink-nlp, which needs no model of spaCy's. Its nouns are not always spaCy's, so scores of products other than the goal's
 * own can differ from the original's. Loaded at first use.
 */
export function winkTagger(): NounTagger {
  return {
    name: 'wink-nlp 2.4.0',
    exact: false,
    nouns(title) {
      let found = remembered.get(title);
      if (found === undefined) {
        tag ??= loadWink();
        found = tag(title);
        if (remembered.size >= REMEMBERED) remembered.clear();
        remembered.set(title, found);
      }
      return found;
    },
  };
}

/** One for all: the model cannot be loaded twice in a process, since loading changes it. */
let tag: ((title: string) => readonly string[]) | undefined;
const remembered = new Map<string, readonly string[]>();

function loadWink(): (title: string) => readonly string[] {
  // Required and not imported, so that nobody waits for 4 MB of model who never buys anything.
  const require = createRequire(import.meta.url);
  const winkNLP = require('wink-nlp') as typeof import('wink-nlp').default;
  const nlp = winkNLP(require('wink-eng-lite-web-model'), ['pos']);
  return (title) => {
    const tokens = nlp.readDoc(title).tokens();
    const kinds = tokens.out(nlp.its.pos) as string[];
    const words = tokens.out() as string[];
    return words.filter((_, i) => kinds[i] === 'NOUN' || kinds[i] === 'PROPN').map((word) => word.toLowerCase());
  };
}

/**
 * Nouns found beforehand, from a file such as {"tagger": "spaCy 3.3.0, en_core_web_sm 3.3.0", "nouns": {"<title>": ["lamp", …]}}.
 * docs/webshop.md has the script that makes one.
 *
 * @throws WebShopDataError when the file is not like that, and later for a title that is not in it
 */
export async function taggerFromFile(file: string): Promise<NounTagger> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new WebShopDataError(file, (error as Error).message, { cause: error });
  }
  const { tagger, nouns } = (value ?? {}) as { tagger?: unknown; nouns?: unknown };
  if (typeof tagger !== 'string' || nouns === null || typeof nouns !== 'object')
    throw new WebShopDataError(file, 'it must hold tagger, a string, and nouns, an object of lists by title');
  const known = new Map<string, readonly string[]>();
  for (const [title, list] of Object.entries(nouns)) {
    if (!Array.isArray(list) || !list.every((noun) => typeof noun === 'string'))
      throw new WebShopDataError(file, `the nouns of ${JSON.stringify(title)} must be a list of strings`);
    known.set(title, list);
  }
  return {
    name: tagger,
    exact: true,
    nouns(title) {
      const found = known.get(title);
      if (found === undefined)
        throw new WebShopDataError(file, `it has no nouns for the title ${JSON.stringify(title)}`);
      return found;
    },
  };
}
