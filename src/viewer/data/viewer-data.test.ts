import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, assignCredit, batchFromEpisodes, findAlgorithm } from '../../credit/index.ts';
import { RunDatabase } from '../../database/index.ts';
import { GROUPS, MEMBERS, testEpisodes, writeTestRun } from '../../database/run.test-support.ts';
import { writeEpisodes } from '../../runs/index.ts';
import { EPISODE_SORTS, type EpisodeQuery, type EpisodeRow, type GroupView } from '../api.ts';
import { ViewerData } from './viewer-data.ts';

const EACH = GROUPS * MEMBERS;
/** Comes with the package. */
const CHECKPOINT = new URL('../../../checkpoints/household', import.meta.url).pathname;

let dir: string;
let database: RunDatabase | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
});
afterEach(async () => {
  await database?.close();
  database = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function open(): Promise<ViewerData> {
  database = await RunDatabase.open([dir], { detail: 'search' });
  await database.readEpisodes();
  return new ViewerData(database);
}

const all: EpisodeQuery = { run: 'run1', sort: 'order', descending: false, offset: 0, limit: 500 };

describe('runs and curves', () => {
  test('a run in a line', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 5, played: 3 });
    const [run] = await (await open()).runs();
    expect(run).toMatchObject({
      id: 'run1',
      name: 'run1',
      status: 'stopped',
      algorithm: 'gagpo',
      seed: 1,
      iteration: 3,
      iterations: 5,
      episodes: 3 * EACH,
      last: { 'episode/success_rate': 0.3, 'val/success_rate': 0.5, 'actor/grad_norm': 0.5 },
      problems: [],
    });
    expect(run.config['credit.options.invalidActionPenalty']).toBe(0.5);
    expect(run.files).toContainEqual({ kind: 'held-out', iteration: 2 });
    expect(Date.parse(run.startedAt!)).toBeGreaterThan(0);
  });

  test('curves say how much was played and trained by each record', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 3 });
    const data = await open();
    expect(await data.curves(['run1'])).toEqual([
      {
        run: 'run1',
        iteration: [0, 1, 2, 3],
        episodes: [0, EACH, 2 * EACH, 3 * EACH],
        tokens: [0, 1000, 2000, 3000],
        seconds: [0, 2, 4, 6],
        metrics: {
          'val/success_rate': [0.5, null, 0.5, null],
          'episode/success_rate': [null, 0.1, 0.2, 0.3],
          'timing_s/step': [null, 2, 2, 2],
          'perf/total_num_tokens': [null, 1000, 1000, 1000],
          'actor/grad_norm': [null, 0.5, null, 0.5],
        },
      },
    ]);
    await expect(data.curves(['run2'])).rejects.toMatchObject({ code: 'TURNWISE_VIEWER' });
  });
});

describe('episodes', () => {
  test('filters keep what fits, sorting orders it, pages cut it', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 4, tokens: 'all' });
    const data = await open();
    const rows = async (query: Partial<EpisodeQuery>): Promise<readonly EpisodeRow[]> =>
      (await data.episodes({ ...all, ...query })).rows;
    const everything = await rows({});
    expect(everything).toHaveLength(7 * EACH);
    expect(everything.slice(0, EACH).every((r) => r.kind === 'held-out' && r.iteration === 0)).toBe(true);
    expect(everything.slice(2 * EACH, 4 * EACH).map((r) => r.kind)).toEqual([
      ...Array.from({ length: EACH }, () => 'train'),
      ...Array.from({ length: EACH }, () => 'held-out'),
    ]);
    const filters: [Partial<EpisodeQuery>, (row: EpisodeRow) => boolean][] = [
      [{ kind: 'train' }, (r) => r.kind === 'train'],
      [{ iterationFrom: 2, iterationTo: 3 }, (r) => r.iteration === 2 || r.iteration === 3],
      [{ success: false }, (r) => !r.success],
      [{ end: 'step-limit' }, (r) => r.end === 'step-limit'],
      [{ taskType: 'heat' }, (r) => r.taskType === 'heat'],
      [{ task: 'train/easy/002' }, (r) => r.task === 'train/easy/002'],
      [{ group: 'r0g001' }, (r) => r.group === 'r0g001'],
      [{ stepsFrom: 3, stepsTo: 4 }, (r) => r.steps === 3 || r.steps === 4],
      [{ kind: 'train', success: true, stepsFrom: 5 }, (r) => r.kind === 'train' && r.success && r.steps >= 5],
      [{ text: '' }, () => true],
    ];
    for (const [query, holds] of filters) {
      const found = await rows(query);
      expect(found, JSON.stringify(query)).toEqual(everything.filter(holds));
      expect(found.length).toBeGreaterThan(0);
    }
    for (const sort of EPISODE_SORTS) {
      if (sort === 'order') continue;
      for (const descending of [false, true]) {
        const values = (await rows({ sort, descending })).map((r) => r[sort]);
        const there = values.filter((v) => v !== null);
        expect(values.slice(there.length).every((v) => v === null)).toBe(true);
        const sorted = [...there].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(there, sort).toEqual(descending ? sorted.reverse() : sorted);
      }
    }
    expect(await rows({ descending: true })).toEqual([...everything].reverse());
    const page = await data.episodes({ ...all, sort: 'steps', offset: 10, limit: 7 });
    expect(page.total).toBe(7 * EACH);
    expect(page.rows).toEqual((await rows({ sort: 'steps' })).slice(10, 17));
    expect(await data.episodes({ ...all, offset: 5000 })).toMatchObject({ total: 7 * EACH, rows: [] });
    expect(await data.episodes({ ...all, group: 'none' })).toMatchObject({ total: 0, rows: [] });
  });

  test('texts are found whatever their case, in what was seen, done and written, with any character', async () => {
    const path = join(dir, 'run1');
    const run = await writeTestRun(path, { iterations: 1 });
    const step = { observation: 'nothing', action: 'nothing', completion: 'nothing', reward: 0 };
    const odd = ['ÄRGER 100%', "it's_a_\\trap", '日本語', 'a\0b'];
    await writeEpisodes(run.episodesFile(2), [
      ...odd.map((text, i) => ({ group: 'g', id: `o${i}`, steps: [step, { ...step, observation: text }] })),
      ...odd.map((text, i) => ({ group: 'g', id: `a${i}`, steps: [{ ...step, action: text }, step] })),
      ...odd.map((text, i) => ({ group: 'g', id: `c${i}`, steps: [{ ...step, completion: text }] })),
    ]);
    const data = await open();
    for (const [i, text] of ['ärger 100%', "IT'S_A_\\TRAP", '本', '\0'].entries()) {
      const { rows } = await data.episodes({ ...all, text });
      expect(rows.map((r) => r.id)).toEqual([`o${i}`, `a${i}`, `c${i}`]);
    }
    expect((await data.episodes({ ...all, text: '100_' })).total).toBe(0);
    expect((await data.episodes({ ...all, text: 'NOTHING', iterationTo: 1 })).total).toBe(0);
    expect((await data.episodes({ ...all, text: 'NOTHING', kind: 'held-out' })).total).toBe(0);
    expect((await data.episodes({ ...all, text: 'nothing', kind: 'train' })).total).toBe(12);
  });

  test('what the filters can be set to', async () => {
    await writeTestRun(join(dir, 'run1'), { iterations: 4 });
    expect(await (await open()).facets('run1')).toEqual({
      kinds: ['train', 'held-out'],
      ends: ['step-limit', 'success'],
      taskTypes: ['cool', 'heat', 'pick'],
      iterations: [
        { kind: 'train', from: 1, to: 4 },
        { kind: 'held-out', from: 0, to: 4 },
      ],
      longest: 5,
    });
  });
});

describe('a group', () => {
  const place = { run: 'run1', kind: 'train', iteration: 2, group: 'r0g001' };
  const inGroup = (group: string) => testEpisodes(2).filter((e) => e.group === group);

  /** The sum of the terms of each step. */
  const sums = ({ credit }: GroupView): number[] =>
    credit!.advantages.map((_, t) => credit!.terms.reduce((sum, { values }) => sum + (values[t] ?? 0), 0));

  test('every step with the credit it was trained with', async () => {
    await writeTestRun(join(dir, 'run1'));
    const view = await (await open()).group(place);
    const episodes = inGroup('r0g001');
    expect(view).toMatchObject({ ...place, task: 'train/easy/001', taskType: 'heat' });
    expect(view.credit).toMatchObject({ algorithm: 'gagpo', asTrained: true, options: { invalidActionPenalty: 0.5 } });
    let row = 0;
    for (const [i, e] of episodes.entries()) {
      expect(view.episodes[i]).toMatchObject({ id: e.id, success: e.success, end: e.end, firstRow: row, score: null });
      for (const [t, s] of e.steps.entries()) {
        expect(view.episodes[i].steps[t]).toMatchObject({
          observation: { text: s.observation, more: 0 },
          action: { text: s.action, more: 0 },
          completion: { text: s.completion, more: 0 },
          valid: s.valid,
          reward: s.reward,
          advantage: e.advantages![t],
          tokens: null,
          hasPrompt: false,
        });
        expect(view.credit!.advantages[row]).toBeCloseTo(e.advantages![t], 12);
        row++;
      }
    }
    expect(view.credit!.advantages).toHaveLength(row);
    for (const [t, sum] of sums(view).entries()) expect(sum).toBeCloseTo(view.credit!.advantages[t], 9);
  });

  test('any algorithm gives credit, with the options of the run that it takes', async () => {
    await writeTestRun(join(dir, 'run1'));
    const data = await open();
    const usable = testEpisodes(2).map((e) => ({ ...e, truncated: e.end === 'step-limit' }));
    const batch = batchFromEpisodes(usable);
    for (const algorithm of ALGORITHM_NAMES) {
      const view = await data.group({ ...place, algorithm });
      if (findAlgorithm(algorithm).needsValues) {
        expect(view.credit).toBe(null);
        expect(view.creditProblem).toContain('critic');
        continue;
      }
      expect(view.credit).toMatchObject({
        algorithm,
        asTrained: algorithm === 'gagpo',
        options: { invalidActionPenalty: 0.5 },
      });
      // Over the whole iteration, as training does.
      const { advantages } = assignCredit(batch, algorithm, { invalidActionPenalty: 0.5 });
      const rows = [...advantages.keys()].filter((t) => {
        const i = batch.episodeStart.findIndex((start) => start > t) - 1;
        return usable[i].group === 'r0g001';
      });
      expect(view.credit!.advantages.length).toBe(rows.length);
      for (const [k, t] of rows.entries()) expect(view.credit!.advantages[k]).toBeCloseTo(advantages[t], 9);
      for (const [t, sum] of sums(view).entries()) expect(sum).toBeCloseTo(view.credit!.advantages[t], 9);
    }
    await expect(data.group({ ...place, algorithm: 'nobody' })).rejects.toMatchObject({
      code: 'TURNWISE_CREDIT_ALGORITHM',
    });
  });

  test('other advantages than those stored are not what was trained with', async () => {
    const run = await writeTestRun(join(dir, 'run1'));
    const episodes = testEpisodes(2);
    const changed = episodes.map((e, i) => (i === 5 ? { ...e, advantages: e.advantages!.map((a) => a + 1e-6) } : e));
    await writeEpisodes(run.episodesFile(2), changed);
    const data = await open();
    expect((await data.group(place)).credit!.asTrained).toBe(false);
    expect((await data.group({ ...place, group: 'r0g000' })).credit!.asTrained).toBe(true);
    await writeEpisodes(
      run.episodesFile(3),
      testEpisodes(3).map(({ advantages: _, ...e }) => e),
    );
    await database!.refresh();
    const view = await data.group({ ...place, iteration: 3 });
    expect(view.credit!.asTrained).toBe(false);
    expect(view.episodes[0].steps[0].advantage).toBe(null);
  });

  test('episodes that failed have no credit, and are shown', async () => {
    const run = await writeTestRun(join(dir, 'run1'));
    const episodes = testEpisodes(2);
    const lost = { ...episodes[5], end: 'error', error: 'the world broke', success: false, advantages: [] };
    const empty = { ...episodes[6], end: 'error', error: 'at once', steps: [], advantages: [], success: false };
    await writeEpisodes(
      run.episodesFile(2),
      episodes.map((e, i) => (i === 5 ? lost : i === 6 ? empty : e)),
    );
    const view = await (await open()).group(place);
    expect(view.episodes.map((e) => e.firstRow)).toEqual([0, -1, -1, episodes[4].steps.length]);
    expect(view.episodes[1]).toMatchObject({ error: 'the world broke' });
    expect(view.episodes[2].steps).toEqual([]);
    expect(view.credit!.advantages.length).toBe(episodes[4].steps.length + episodes[7].steps.length);
    expect(
      view.graph.edges
        .flatMap((e) => e.steps)
        .filter((s) => s.episode === 1)
        .map((s) => s.row),
    ).toEqual(lost.steps.map(() => -1));
  });

  test('the graph holds every step once, between the states it led from and to', async () => {
    await writeTestRun(join(dir, 'run1'));
    const { graph, episodes, credit } = await (await open()).group(place);
    const steps = graph.edges.flatMap((edge) => edge.steps.map((s) => ({ ...s, edge })));
    expect(steps.map((s) => s.row).sort((a, b) => a - b)).toEqual([...credit!.advantages.keys()]);
    for (const { row, episode, step, edge } of steps) {
      const { firstRow, steps: walked, success } = episodes[episode];
      expect(row).toBe(firstRow + step);
      expect(edge.from).toBe(walked[step].node);
      if (step + 1 < walked.length) expect(edge.to).toBe(walked[step + 1].node);
      else expect(graph.nodes[edge.to].end).toBe(success ? 'success' : 'failure');
    }
    // Three shelves and two ends.
    expect(graph.nodes).toHaveLength(5);
    const visits = graph.nodes.filter((n) => n.end === undefined).reduce((sum, n) => sum + n.visits, 0);
    expect(visits).toBe(credit!.advantages.length);
    for (const node of graph.nodes) {
      expect(node.x - node.radius).toBeGreaterThanOrEqual(0);
      expect(node.y + node.radius).toBeLessThanOrEqual(graph.height);
      expect(Number.isFinite(node.meanReturn)).toBe(true);
    }
    expect(graph.nodes[0].text.text).toBe('Iteration 2: you stand at shelf 0.');
    expect(graph.nodes[0].key).toEqual({ text: 'shelf 0', more: 0 });
    expect(graph.nodes.filter((n) => n.end !== undefined).map((n) => n.key)).toEqual([null, null]);
  });

  test('an evaluation has episodes and no credit', async () => {
    await writeTestRun(join(dir, 'run1'));
    const view = await (await open()).group({ run: 'run1', kind: 'held-out', iteration: 2, group: 'g003' });
    expect(view.credit).toBe(null);
    expect(view.creditProblem).toContain('evaluation');
    expect(view.episodes).toHaveLength(1);
    expect(view.graph.nodes.length).toBeGreaterThan(1);
  });

  test('what the configuration says cannot be done is said', async () => {
    await writeTestRun(join(dir, 'run1'));
    const config = join(dir, 'run1', 'config.json');
    for (const [text, told] of [
      ['{"credit":{"algorithm":"gagpp"}}', 'gagpp'],
      ['{"credit":{"algorithm":"gagpo","options":{"lamda":1}}}', 'lamda'],
      ['nonsense', 'unknown'],
    ]) {
      writeFileSync(config, text);
      const data = await open();
      const view = await data.group(place);
      expect(view.credit).toBe(null);
      expect(view.creditProblem).toContain(told);
      expect(view.episodes).toHaveLength(MEMBERS);
      expect((await data.group({ ...place, algorithm: 'grpo' })).credit).not.toBe(null);
      await database!.close();
    }
  });

  test('lines that cannot be read are missing, and the others keep their places', async () => {
    const run = await writeTestRun(join(dir, 'run1'));
    const lines = gunzipSync(readFileSync(run.episodesFile(2)))
      .toString()
      .split('\n');
    writeFileSync(
      run.episodesFile(2),
      gzipSync(['nonsense', ...lines.slice(0, 5), '', '{}', ...lines.slice(5)].join('\n')),
    );
    const view = await (await open()).group(place);
    expect(view.episodes.map((e) => e.id)).toEqual(inGroup('r0g001').map((e) => e.id));
    expect(view.credit!.asTrained).toBe(true);
    expect(view.episodes[1].steps.map((s) => s.action.text)).toEqual(testEpisodes(2)[5].steps.map((s) => s.action));
  });
});

test('names that hold half of a character are found as they are listed', async () => {
  const run = await writeTestRun(join(dir, 'run1'), { iterations: 1 });
  const line = JSON.stringify({
    group: 'g\ud800',
    id: '\udc00e',
    steps: [{ observation: 'o\ud800', action: 'a', reward: 0 }],
  });
  writeFileSync(run.episodesFile(1), gzipSync(line));
  const data = await open();
  const [row] = (await data.episodes({ ...all, kind: 'train' })).rows;
  expect([row.group, row.id]).toEqual(['g\ufffd', '\ufffde']);
  const view = await data.group({ run: 'run1', ...row });
  expect(view.episodes[0].id).toBe(row.id);
  const place = { run: 'run1', kind: 'train', iteration: 1, episode: row.id, step: 0 } as const;
  expect(await data.text({ ...place, field: 'observation' })).toBe('o\ufffd');
});

describe('texts and tokens', () => {
  test('long texts are cut in the view and had in full', async () => {
    const run = await writeTestRun(join(dir, 'run1'), { iterations: 1 });
    const long = `${'x'.repeat(3999)}😀${'y'.repeat(100_000)}`;
    await writeEpisodes(run.episodesFile(1), [
      { group: 'g', id: 'e', steps: [{ observation: long, action: 'a', reward: 0 }] },
      { group: 'g', id: 'f', steps: [{ observation: long, action: 'a', reward: 1 }] },
    ]);
    const data = await open();
    const place = { run: 'run1', kind: 'train', iteration: 1 };
    const view = await data.group({ ...place, group: 'g' });
    const { observation, completion } = view.episodes[0].steps[0];
    expect(observation).toEqual({ text: 'x'.repeat(3999), more: long.length - 3999 });
    expect(completion).toBe(null);
    expect(view.graph.nodes[0].text.more).toBe(long.length - 400);
    const text = await data.text({ ...place, episode: 'f', step: 0, field: 'observation' });
    expect(text === long).toBe(true);
    expect(await data.text({ ...place, episode: 'f', step: 0, field: 'completion' })).toBe(undefined);
  });

  test.skipIf(!existsSync(CHECKPOINT))('tokens are read with the tokenizer of the run', async () => {
    const run = await writeTestRun(join(dir, 'run1'), { iterations: 1, tokens: 'all' });
    const data = await open();
    const place = { run: 'run1', kind: 'train', iteration: 1 };
    const [{ steps }] = (await data.group({ ...place, group: 'r0g000' })).episodes;
    expect(steps[0]).toMatchObject({ tokens: null, hasPrompt: false });

    const { readTokenizer } = await import('../../nn/files/index.ts');
    const tokenizer = await readTokenizer(CHECKPOINT);
    const encode = (text: string): Int32Array => tokenizer.encode(text);
    const step = {
      observation: 'o',
      action: 'take mug',
      reward: 0,
      prompt: encode('You see a mug.'),
      response: encode(' take mug 1'),
    };
    const logprobs = Float32Array.from(step.response, (_, i) => (i === 1 ? Number.NEGATIVE_INFINITY : -(i + 1) / 4));
    const other = { group: 'g', id: 'e2', steps: [{ observation: 'o', reward: 1 }] };
    await writeEpisodes(run.episodesFile(1), [{ group: 'g', id: 'e', steps: [{ ...step, logprobs }] }, other], {
      tokens: 'all',
    });
    cpSync(CHECKPOINT, run.checkpointFolder(0), { recursive: true });
    await database!.refresh();
    await database!.readEpisodes();
    const view = await data.group({ ...place, group: 'g' });
    const [shown] = view.episodes[0].steps;
    expect(shown.hasPrompt).toBe(true);
    expect(shown.tokens!.map((t) => t.text).join('')).toBe(' take mug 1');
    expect(shown.tokens!.map((t) => t.logprob)).toEqual([...logprobs].map((p) => (Number.isFinite(p) ? p : null)));
    expect(view.episodes[1].steps[0]).toMatchObject({ tokens: null, hasPrompt: false });
    expect(await data.text({ ...place, episode: 'e', step: 0, field: 'prompt' })).toBe('You see a mug.');
    const { rows } = await data.episodes({ ...all, kind: 'train' });
    expect(rows.map((r) => r.tokens)).toEqual([step.response.length, null]);
  });
});
