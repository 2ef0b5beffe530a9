import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES } from '../../credit/index.ts';
import { RunDatabase } from '../../database/index.ts';
import { GROUPS, MEMBERS, testEpisodes, writeTestRun } from '../../database/run.test-support.ts';
import { findBrowser, openInBrowser } from '../../reports/browser.test-support.ts';
import { writeEpisodes } from '../../runs/index.ts';
import { ViewerData } from '../data/viewer-data.ts';
import type { EmbeddedData } from '../embedded.ts';
import type { PageFile } from '../server/page-files.ts';
import type { Wanted } from './choose-groups.ts';
import { embedData } from './embed-data.ts';
import { singleFile } from './single-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const origin = { turnwise: '1.2.3', createdAt: '2026-01-02T03:04:05.000Z' };

async function embed(wanted: Wanted = {}): Promise<EmbeddedData> {
  const database = await RunDatabase.open([dir], { detail: 'search' });
  try {
    await database.readEpisodes();
    return await embedData(database, new ViewerData(database), wanted, origin);
  } finally {
    await database.close();
  }
}

describe('what is embedded', () => {
  test('all curves, and groups from the first iteration to the last with all credit', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 6, tokens: 'all' });
    const data = await embed();
    expect(data).toMatchObject({
      ...origin,
      runs: [{ id: 'run1', iteration: 6 }],
      curves: [{ run: 'run1', iteration: [0, 1, 2, 3, 4, 5, 6] }],
    });
    expect([...new Set(data.groups.map(({ view }) => view.iteration))]).toEqual([1, 3, 4, 6]);
    expect(data.groups).toHaveLength(8);
    expect(data.episodes['run1']).toHaveLength(8 * MEMBERS);
    expect(data.facets['run1']).toMatchObject({
      kinds: ['train'],
      iterations: [{ kind: 'train', from: 1, to: 6 }],
      longest: 5,
    });
    for (const { view, credits } of data.groups) {
      expect(view.credit).toMatchObject({ algorithm: 'gagpo', asTrained: true });
      expect(Object.keys(credits)).toEqual(ALGORITHM_NAMES);
      expect(credits['gagpo']).toEqual({ credit: view.credit });
      expect(credits['gae']).toEqual({ credit: null, creditProblem: expect.stringContaining('critic') });
      expect(view.episodes.every((e) => e.steps.every((s) => !s.hasPrompt))).toBe(true);
    }
    expect(data.leftOut).toEqual([
      `Of ${6 * GROUPS * MEMBERS} training episodes ${8 * MEMBERS} are in this page, of iterations 1, 3, 4, 6.`,
      'The episodes of 4 evaluations are not in this page; what they measured is.',
      'The prompts of the steps are not in this page.',
    ]);
  });

  test('groups with successes and failures come first', async () => {
    const run = await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const mixed = new Set(['r0g001']);
    const episodes = testEpisodes(1).map((e, i) => ({ ...e, success: mixed.has(e.group) ? i % 2 === 0 : false }));
    const many = Array.from({ length: 6 }, (_, k) =>
      episodes.map((e) => ({
        ...e,
        group: k === 5 ? e.group : `${k}${e.group}`,
        id: `${k}${e.id}`,
        success: k === 5 && e.success,
      })),
    );
    await writeEpisodes(run.episodesFile(1), many.flat());
    const { groups } = await embed();
    expect(groups).toHaveLength(8);
    expect(groups[0].view.group).toBe('r0g001');
  });

  test('an iteration, a group, an episode, an evaluation', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 3 });
    const names = (data: EmbeddedData) => data.groups.map(({ view }) => [view.kind, view.iteration, view.group]);
    expect(names(await embed({ iteration: 2 }))).toHaveLength(GROUPS);
    expect(names(await embed({ iteration: 2, group: 'r0g002' }))).toEqual([['train', 2, 'r0g002']]);
    expect(names(await embed({ iteration: 3, episode: 'r0g001t002' }))).toEqual([['train', 3, 'r0g001']]);
    await expect(embed({ episode: 'r0g001t002' })).rejects.toThrow('in each of several iterations (1, 2, 3)');
    const held = await embed({ kind: 'held-out', iteration: 2, group: 'g004' });
    expect(names(held)).toEqual([['held-out', 2, 'g004']]);
    expect(held.groups[0].credits).toEqual({});
    expect(held.facets['run1'].kinds).toEqual(['held-out']);
    for (const wanted of [
      { iteration: 9 },
      { kind: 'heldout' },
      { group: 'x' },
      { episode: "'" },
      { kind: 'train', iteration: 1, group: 'g004' },
    ]) {
      await expect(embed(wanted)).rejects.toThrow('The run has no stored episodes of');
    }
  });

  test('what is left out is told of evaluations as of training', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 2 });
    const each = GROUPS * MEMBERS;
    expect((await embed({ kind: 'held-out', iteration: 2, group: 'g004' })).leftOut).toEqual([
      `Of ${2 * each} training episodes none are in this page.`,
      `Of ${2 * each} episodes of 2 evaluations 1 is in this page, of held-out, of iteration 2; what all of them measured is.`,
    ]);
  });

  test('the page opens with what was asked for', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 2 });
    const place = { run: 'run1', kind: 'train', iteration: 2, group: 'r0g001' };
    const opens = async (wanted: Wanted) => (await embed(wanted)).opens;
    expect(await opens({ iteration: 2, group: 'r0g001' })).toEqual({ page: 'group', ...place });
    const episode = 'r0g001t002';
    expect(await opens({ iteration: 2, episode })).toEqual({ page: 'episode', ...place, episode });
    // A group of that name in every iteration.
    expect(await opens({ group: 'r0g001' })).toEqual({ page: 'episodes', run: 'run1' });
    expect(await opens({ kind: 'held-out' })).toEqual({ page: 'episodes', run: 'run1' });
    expect(await opens({})).toBeUndefined();
    await writeTestRun(join(dir, 'run2'), { iterations: 2 });
    expect(await opens({ iteration: 2, group: 'r0g001' })).toBeUndefined();
  });

  test('where the runs lie is not in the page', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    expect(JSON.stringify(await embed())).not.toContain(dir);
  });

  test('a run without episodes has its curves', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    rmSync(join(dir, 'run1', 'episodes'), { recursive: true });
    const data = await embed();
    expect(data.groups).toEqual([]);
    expect(data.curves[0].iteration).toEqual([0, 1]);
  });

  test('several runs share the room', async () => {
    for (const seed of [1, 2, 3]) await writeTestRun(join(dir, `seed${seed}`), { seed, iterations: 2 });
    const data = await embed();
    expect(data.groups.map(({ view }) => view.run)).toEqual(['seed1', 'seed1', 'seed2', 'seed2', 'seed3', 'seed3']);
    expect(data.leftOut[0]).toContain('of seed1');
  });
});

const HOSTILE = [
  '</script><script>document.title="broken"</script>',
  '<!--<script>',
  ']]>',
  '</SCRIPT >',
  '\u2028\u2029\0\x1b[31m',
  "$& $' $` $1",
  '<img src=x onerror=alert(1)>',
  '日本語 😀',
  '\\u003c"',
];

function pageOf(script: string, style = 'body{color:red}'): Map<string, PageFile> {
  const file = (text: string): PageFile => ({ type: 'text/plain', content: Buffer.from(text) });
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8" /><title>Turnwise</title>
<script type="module" crossorigin src="./app.js"></script>
<link rel="stylesheet" crossorigin href="./app.css">
</head><body><div id="app"></div></body></html>`;
  return new Map([
    ['index.html', file(html)],
    ['app.js', file(script)],
    ['app.css', file(style)],
  ]);
}

/** Reads the page as a person's own checks would: the payload, and what the policy names. */
function readPage(html: string): { data: EmbeddedData; script: string; style: string; policy: string } {
  const [, json] = /<script type="application\/json" id="turnwise-data">([\s\S]*?)<\/script/i.exec(html)!;
  const [, script] = /<script type="module">([\s\S]*?)<\/script/i.exec(html)!;
  const [, style] = /<style>([\s\S]*?)<\/style/i.exec(html)!;
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)!;
  return { data: JSON.parse(json) as EmbeddedData, script, style, policy };
}

const sha = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('one file', () => {
  async function hostileRun(): Promise<EmbeddedData> {
    const run = await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const steps = HOSTILE.map((text, t) => ({ observation: text, action: text, completion: text, reward: t }));
    await writeEpisodes(run.episodesFile(1), [
      {
        group: HOSTILE[0],
        id: HOSTILE[1],
        task: { id: HOSTILE[2], type: HOSTILE[6], split: 's' },
        success: true,
        steps,
      },
      { group: HOSTILE[0], id: HOSTILE[0], success: false, error: HOSTILE[0], steps: steps.slice(0, 3) },
    ]);
    return embed();
  }

  test('whatever the texts hold, the payload is what was put in', async () => {
    const data = await hostileRun();
    const page = pageOf('console.log(1)');
    page.set('licenses.md', { type: '', content: Buffer.from('© <a@b> </template>') });
    const html = singleFile(page, data);
    expect(html).toContain('<template id="licenses">© &lt;a@b&gt; &lt;/template&gt;</template>');
    expect(html.match(/<script\b/gi)).toHaveLength(2);
    expect(html.match(/<\/script/gi)).toHaveLength(2);
    expect(html).not.toContain('<!--');
    const read = readPage(html).data;
    const texts = read.groups[0].view.episodes[0].steps.map((s) => s.action.text);
    expect(texts).toEqual(HOSTILE);
    expect(read.groups[0].view.group).toBe(HOSTILE[0]);
    expect(Object.keys(read.episodes)).toEqual(['run1']);
    // But for digits that nobody sees.
    const a = data.groups[0].view.credit!.advantages;
    for (const [t, value] of read.groups[0].view.credit!.advantages.entries()) expect(value).toBeCloseTo(a[t], 7);
  });

  test('the policy names this script and this style, and nothing else', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a program
    const code = 'const a = "</script>", b = `<!-- ${1}`, c = /<\\/script>/;\r\nconsole.log(a, b, c, "$&")';
    const { script, style, policy } = readPage(singleFile(pageOf(code, 'a{}\r\nb{}'), await embed()));
    expect(policy).toBe(
      `default-src 'none'; script-src ${sha(script)}; style-src ${sha(style)}; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(style).toBe('a{}\nb{}');
    const logged: unknown[] = [];
    new Function('console', script)({ log: (...all: unknown[]) => logged.push(...all) });
    expect(logged).toEqual(
      ['</script>', '<!-- 1', /<\/script>/, '$&'].map((x) => (x instanceof RegExp ? expect.any(RegExp) : x)),
    );
    expect((logged[2] as RegExp).test('</script>')).toBe(true);
  });

  test('a page that is built otherwise is refused', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const data = await embed();
    const without = pageOf('');
    without.delete('app.css');
    expect(() => singleFile(without, data)).toThrow('no ./app.css. Run npm run build.');
    const two = pageOf('');
    const html = two.get('index.html')!.content.toString();
    two.set('index.html', {
      type: '',
      content: Buffer.from(html.replace('</head>', '<script src="b.js"></script></head>')),
    });
    expect(() => singleFile(two, data)).toThrow('has 2 tags of a script');
    expect(() => singleFile(pageOf('', 'a{content:"</style>"}'), data)).toThrow('its own end');
  });

  const browser = findBrowser();
  test.skipIf(browser === undefined)('a browser runs it, and nothing in the data', async () => {
    const script = `
      const data = JSON.parse(document.getElementById('turnwise-data').textContent);
      const steps = data.groups[0].view.episodes[0].steps;
      document.getElementById('app').textContent = ['</script>', '<!--', steps.length, steps[0].action.text === ${JSON.stringify(HOSTILE[0]).replaceAll('</', '<\\/')}].join(' ');`;
    const html = singleFile(pageOf(script, '#app{color:rgb(1,2,3)}'), await hostileRun());
    const dom = await openInBrowser(browser!, html);
    expect(dom).toContain(`<div id="app">&lt;/script&gt; &lt;!-- ${HOSTILE.length} true</div>`);
    expect(dom).toContain('<title>Turnwise</title>');
  });
});
