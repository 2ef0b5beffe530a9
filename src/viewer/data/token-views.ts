import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrackedRun } from '../../database/index.ts';
import { readTokenizer, type Tokenizer, TokenText } from '../../nn/files/index.ts';
import type { StoredStep } from '../../runs/index.ts';
import type { TokenView } from '../api.ts';

/** Texts of tokens, by the tokenizer that lies in the run's checkpoints. */
export class RunTokenizers {
  /** By run folder: as long as none is found, it is looked for again. */
  private readonly known = new Map<string, Tokenizer>();

  /** Undefined where the run has none that can be read. */
  async of(run: TrackedRun): Promise<Tokenizer | undefined> {
    const found = this.known.get(run.path) ?? (await findTokenizer(run.path));
    if (found !== undefined) this.known.set(run.path, found);
    return found;
  }
}

/** The tokenizer of any checkpoint: they all have the same. */
async function findTokenizer(run: string): Promise<Tokenizer | undefined> {
  const folder = join(run, 'checkpoints');
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((n) => /^\d+$/.test(n)).sort()) {
    try {
      return await readTokenizer(join(folder, name));
    } catch {
      // Pruned while we looked, or broken: the next one has the same.
    }
  }
  return undefined;
}

/** The tokens of a response; null where they are not stored, or nobody can read them. */
export function tokenViews({ response, logprobs }: StoredStep, tokenizer: Tokenizer | undefined): TokenView[] | null {
  if (response === undefined || tokenizer === undefined) return null;
  const text = new TokenText((ids) => tokenizer.decode(ids));
  const views = Array.from(response, (id, i) => {
    const p = logprobs?.[i];
    return { text: text.push(id), logprob: p === undefined || !Number.isFinite(p) ? null : p };
  });
  // Bytes that never became a character belong to the last token.
  const rest = text.end();
  if (rest !== '' && views.length > 0) views[views.length - 1].text += rest;
  return views;
}
