import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type StoredEpisode, writeEpisodes } from '../runs/index.ts';
import { type IdentifiedEpisode, type ReadEpisodeFileOptions, readEpisodeFile } from './read-episode-file.ts';
import { testEpisodes } from './run.test-support.ts';

const dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
const file = join(dir, 'episodes.jsonl.gz');
afterAll(() => rmSync(dir, { recursive: true }));

async function read(options: ReadEpisodeFileOptions = {}): Promise<IdentifiedEpisode[]> {
  const episodes: IdentifiedEpisode[] = [];
  for await (const episode of readEpisodeFile(file, options)) episodes.push(episode);
  return episodes;
}

/** Prompts and log-probabilities left out. */
function bare(episodes: readonly StoredEpisode[]): StoredEpisode[] {
  return episodes.map((e) => ({ ...e, steps: e.steps.map(({ prompt: _, logprobs: __, ...step }) => step) }));
}

test('without prompts everything else is there, whatever the texts hold', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(',"prompt":[1,2]', '","logprobs":[', '\\","prompt":[3]', '"prompt":[', ']', '\\'),
  );
  const ids = fc.int32Array({ min: 0, maxLength: 4 });
  const step = fc.record({
    observation: text,
    action: text,
    completion: text,
    reward: fc.constant(0),
    prompt: ids,
    response: ids,
    logprobs: fc.constant(Float32Array.of(-1)),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      text,
      async (lists, odd) => {
        await writeEpisodes(
          file,
          lists.map((steps, i) => ({ group: odd, id: `${i}`, error: odd, steps })),
          { tokens: 'all' },
        );
        expect(await read({ withoutPrompts: true })).toEqual(bare(await read()));
      },
    ),
    { numRuns: 60 },
  );
});

test('some lines alone', async () => {
  await writeEpisodes(file, testEpisodes(1), { tokens: 'all' });
  const all = await read();
  expect(all.map((e) => e.line)).toEqual(all.map((_, i) => i + 1));
  expect(await read({ lines: new Set([3, 5, 999]) })).toEqual([all[2], all[4]]);
});

test('lines beyond a limit are passed over and told', async () => {
  const line = (n: number, length: number) =>
    `{"group":"g","id":"${n}","steps":[{"observation":"${'x'.repeat(length)}","reward":0}]}`;
  const problems: unknown[] = [];
  for (const end of ['', '\n']) {
    writeFileSync(file, `${line(1, 1)}\n${line(2, 3_000_000)}\n${line(3, 1)}\n${line(4, 5000)}${end}`);
    problems.length = 0;
    const found = await read({ longestLine: 1000, onProblem: (p) => problems.push(p) });
    expect(found.map((e) => e.id)).toEqual(['1', '3']);
    expect(problems).toEqual([2, 4].map((n) => ({ line: n, problem: 'it is longer than 1000 bytes.' })));
  }
});
