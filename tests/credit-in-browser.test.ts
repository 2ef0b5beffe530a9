import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as credit from '../src/credit/index.ts';
import {
  ALGORITHM_NAMES,
  ALGORITHMS,
  assignCredit,
  batchFromEpisodes,
  type EpisodeRecord,
} from '../src/credit/index.ts';
import { findBrowser, openInBrowser } from '../src/reports/browser.test-support.ts';
import { Random } from '../src/text/random.ts';

const ENTRY = fileURLToPath(new URL('../src/credit/index.ts', import.meta.url));

async function bundle(options: object): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    ...options,
  });
  return outputFiles[0].text;
}

/** Episodes with texts of several scripts, so that strings behave alike in both places. */
function rollouts(): EpisodeRecord[] {
  const random = Random.of(1, 'browser');
  const texts = ['hall', 'kühlschrank', '冷蔵庫', 'attic 😀', 'a long corridor with many doors, all of them closed'];
  return Array.from({ length: 24 }, (_, i) => ({
    group: `g${i % 3}`,
    success: random.next() < 0.5,
    truncated: random.next() < 0.2,
    finalObservation: random.pick(texts),
    steps: Array.from({ length: 2 + random.below(12) }, () => ({
      observation: random.pick(texts),
      reward: random.next() < 0.3 ? 10 * random.next() : 0,
      valid: random.next() < 0.8,
      value: random.next(),
    })),
  }));
}

async function zippedSize(names: readonly string[]): Promise<number> {
  const contents = `export { ${names.join(', ')} } from ${JSON.stringify(ENTRY)};`;
  const stdin = { contents, resolveDir: dirname(ENTRY) };
  return gzipSync(await bundle({ entryPoints: [], stdin, format: 'esm', minify: true }), { level: 9 }).length;
}

test('the credit room adds at most 12 KB to a page, and explaining credit 5 KB more where it is used', async () => {
  const all = Object.keys(credit);
  const core = await zippedSize(all.filter((name) => name !== 'explainCredit'));
  expect(core).toBeLessThanOrEqual(12 * 1024);
  expect((await zippedSize(all)) - core).toBeLessThanOrEqual(5 * 1024);
});

const browser = findBrowser();
if (browser === undefined) console.log('Skipped credit in a browser: no Chromium was found (CHROME_PATH names one).');

test.skipIf(browser === undefined)('a browser gives every step the same credit, to the last bit', async () => {
  const code = await bundle({ format: 'iife', globalName: 'credit', charset: 'utf8' });
  const episodes = rollouts();
  const page = `<!doctype html><meta charset="utf-8"><script>${code}</script><pre id="out">nothing</pre><script>
    const batch = credit.batchFromEpisodes(${JSON.stringify(episodes)});
    const result = {};
    for (const name of credit.ALGORITHM_NAMES) {
      const similar = 'similarity' in credit.ALGORITHMS[name].rules ? { similarity: 0.7 } : {};
      result[name] = Array.from(credit.assignCredit(batch, name, similar).advantages);
    }
    document.getElementById('out').textContent = JSON.stringify(result);
  </script>`;
  const dom = await openInBrowser(browser as string, page);
  const told = JSON.parse(/<pre id="out">([^<]*)<\/pre>/.exec(dom)?.[1] ?? 'null');
  const batch = batchFromEpisodes(episodes);
  expect(Object.keys(told)).toEqual(ALGORITHM_NAMES);
  for (const name of ALGORITHM_NAMES) {
    const similar = 'similarity' in ALGORITHMS[name].rules ? { similarity: 0.7 } : {};
    expect(told[name]).toEqual(Array.from(assignCredit(batch, name, similar).advantages));
  }
});
