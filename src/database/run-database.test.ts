import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunFolder, writeEpisodes } from '../runs/index.ts';
import { GROUPS, MEMBERS, playIterations, testEpisodes, writeTestRun } from './run.test-support.ts';
import { RunDatabase } from './run-database.ts';
import { SCRATCH_PREFIX } from './scratch-folder.ts';

let dir: string;
let path: string;
const open: RunDatabase[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
  path = join(dir, 'run1');
});
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  rmSync(dir, { recursive: true, force: true });
});

async function database(folders = [dir], options = {}): Promise<RunDatabase> {
  const made = await RunDatabase.open(folders, options);
  open.push(made);
  await made.readEpisodes();
  return made;
}

/** Looks again, and reads what is new. */
async function again(db: RunDatabase): Promise<readonly string[]> {
  const { runs } = await db.refresh();
  await db.readEpisodes();
  return runs;
}

const EACH = GROUPS * MEMBERS;

async function counts(db: RunDatabase): Promise<Record<string, number>> {
  const tables = ['runs', 'metrics', 'evaluations', 'episodes', 'steps', 'problems'];
  const sql = tables.map((t) => `(SELECT count(*)::INTEGER FROM ${t}) AS ${t}`).join(', ');
  return (await db.store.query(`SELECT ${sql}`))[0] as Record<string, number>;
}

const stepsOf = (...iterations: number[]): number =>
  iterations.flatMap((i) => testEpisodes(i)).reduce((sum, e) => sum + e.steps.length, 0);

describe('a run as tables', () => {
  test('everything that the run folder says', async () => {
    await writeTestRun(path);
    const db = await database();
    expect(await counts(db)).toEqual({
      runs: 1,
      metrics: 4 * 4 + 3,
      evaluations: 3,
      episodes: 7 * EACH,
      steps: stepsOf(0, 1, 2, 2, 3, 4, 4),
      problems: 0,
    });
    const [run] = await db.store.query('SELECT * EXCLUDE (path, started_at, experiment) FROM runs');
    expect(run).toMatchObject({
      run: 'run1',
      status: 'finished',
      environment: 'household',
      algorithm: 'gagpo',
      seed: '1',
      iteration: 4,
      iterations: 4,
    });
    const asked = await db.store.query(`SELECT settings['lora.targets.1'] AS target,
      settings['credit.options.invalidActionPenalty']::DOUBLE AS penalty, config ->> '$.environment.name' AS name,
      started_at > '2020-01-01' AS young FROM runs`);
    expect(asked).toEqual([{ target: 'v_proj', penalty: 0.5, name: 'household', young: true }]);
    const wide = await db.store.query(
      'SELECT iteration, "episode/success_rate" s, "actor/grad_norm" g, "val/success_rate" v FROM metrics_wide ORDER BY 1',
    );
    expect(wide).toEqual([
      { iteration: 0, s: null, g: null, v: 0.5 },
      { iteration: 1, s: 0.1, g: 0.5, v: null },
      { iteration: 2, s: 0.2, g: null, v: 0.5 },
      { iteration: 3, s: 0.3, g: 0.5, v: null },
      { iteration: 4, s: 0.4, g: 0.5, v: 0.5 },
    ]);
  });

  test('episodes and steps are what was written', async () => {
    await writeTestRun(path, { tokens: 'all' });
    const db = await database();
    const episodes = testEpisodes(3);
    const rows = await db.store.query(
      `SELECT * FROM episodes WHERE kind = 'train' AND iteration = 3 ORDER BY position`,
    );
    expect(rows.length).toBe(episodes.length);
    for (const [i, e] of episodes.entries()) {
      const mean = e.advantages!.reduce((a, b) => a + b, 0) / e.steps.length;
      expect(rows[i]).toMatchObject({
        group_id: e.group,
        episode: e.id,
        task: e.task?.id,
        task_type: e.task?.type,
        success: e.success,
        truncated: e.truncated,
        end_reason: e.end,
        steps: e.steps.length,
        invalid: e.steps.filter((s) => !s.valid).length,
        reward: e.success ? 10 : 0,
        prompt_tokens: 4 * e.steps.length,
        response_tokens: 2 * e.steps.length,
        advantage_mean: mean,
        advantage_max: Math.max(...e.advantages!),
      });
    }
    const steps = await db.store.query(
      `SELECT * FROM steps WHERE kind = 'train' AND iteration = 3 AND episode = $1 ORDER BY step`,
      [episodes[5].id!],
    );
    expect(steps).toMatchObject(
      episodes[5].steps.map((s, t) => ({
        step: t,
        observation: s.observation,
        state: s.state,
        action: s.action,
        completion: s.completion,
        reward: s.reward,
        valid: s.valid,
        advantage: episodes[5].advantages![t],
        prompt: Array.from(s.prompt!),
        response: [4, 5],
        logprobs: [-0.25, -1.5],
      })),
    );
    const evaluations = await db.store.query(
      `SELECT DISTINCT kind, iteration FROM episodes WHERE kind <> 'train' ORDER BY 2`,
    );
    expect(evaluations.map((e) => e.iteration)).toEqual([0, 2, 4]);
  });

  test('in place of steps a text to search in, or nothing', async () => {
    await writeTestRun(path, { tokens: 'all' });
    const [full, search, nothing] = [
      await database(),
      await database([dir], { detail: 'search' }),
      await database([dir], { detail: 'nothing' }),
    ];
    const episodes = 'SELECT * EXCLUDE (prompt_tokens) FROM episodes ORDER BY kind, iteration, position';
    expect(await search.store.query(episodes)).toEqual(await full.store.query(episodes));
    expect(await nothing.store.query('FROM episodes ORDER BY ALL')).toEqual(
      await full.store.query('FROM episodes ORDER BY ALL'),
    );
    const sizes = async (db: RunDatabase) =>
      db.store.query(
        'SELECT (SELECT count(*)::INT FROM store.steps) AS steps, (SELECT count(*)::INT FROM store.texts) AS texts',
      );
    expect(await sizes(search)).toEqual([{ steps: 0, texts: 7 * EACH }]);
    expect(await sizes(nothing)).toEqual([{ steps: 0, texts: 0 }]);
    const texts = await search.store.query(
      `SELECT folded FROM store.texts JOIN store.files USING (file) WHERE kind = 'train' AND iteration = 3 ORDER BY episode`,
    );
    expect(texts.map((t) => t.folded)).toEqual(
      testEpisodes(3).map((e) =>
        e.steps
          .map((s) => `${s.observation}\uffff${s.completion}`)
          .join('\uffff')
          .toLowerCase(),
      ),
    );
    rmSync(join(path, 'episodes/000003.jsonl.gz'));
    await again(search);
    expect(await sizes(search)).toEqual([{ steps: 0, texts: 6 * EACH }]);
  });

  test('several runs, found below and named by what tells them apart', async () => {
    await writeTestRun(join(dir, 'comparison/runs/gagpo/household/seed1'), { seed: 1, iterations: 1 });
    await writeTestRun(join(dir, 'comparison/runs/gagpo/household/seed2'), { seed: 2, iterations: 1 });
    await writeTestRun(join(dir, 'comparison/runs/grpo/household/seed1'), { seed: 1, iterations: 1 });
    // A model has a config.json, too.
    mkdirSync(join(dir, 'model'));
    writeFileSync(join(dir, 'model/config.json'), '{}');
    const db = await database();
    const runs = [...db.runs.values()];
    expect(runs.map((r) => r.id)).toEqual([
      'comparison/runs/gagpo/household/seed1',
      'comparison/runs/gagpo/household/seed2',
      'comparison/runs/grpo/household/seed1',
    ]);
    expect(runs.map((r) => r.name)).toEqual(['gagpo/household/seed1', 'seed2', 'grpo/household/seed1']);
    const [a, b, c] = runs.map((r) => r.facts.experiment);
    expect(a).toBe(b);
    expect(a).toBe(c);
    const grouped = await db.store.query('SELECT run, count(*)::INTEGER AS n FROM episodes GROUP BY run ORDER BY run');
    expect(grouped.map((g) => g.n)).toEqual([2 * EACH, 2 * EACH, 2 * EACH]);
  });

  test('no runs, no folder, a file', async () => {
    const db = await database();
    expect(await counts(db)).toMatchObject({ runs: 0, episodes: 0 });
    await db.store.query('SELECT * FROM metrics_wide');
    await expect(RunDatabase.open([join(dir, 'nowhere')])).rejects.toMatchObject({ code: 'TURNWISE_DATABASE' });
    writeFileSync(join(dir, 'file'), '');
    await expect(RunDatabase.open([join(dir, 'file')])).rejects.toThrow('it is a file');
  });

  test('nothing is left behind on the disk', async () => {
    await writeTestRun(path);
    const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`${SCRATCH_PREFIX}${process.pid}-`));
    const before = scratch().length;
    const db = await database();
    expect(scratch().length).toBe(before + 1);
    await db.close();
    expect(scratch().length).toBe(before);
  });
});

describe('a run that changes', () => {
  test('new iterations are read, and only those', async () => {
    const run = await writeTestRun(path, { iterations: 6, played: 2 });
    const db = await database();
    const numbers = () => new Map([...db.runs.get('run1')!.files].map(([name, f]) => [name, f.number]));
    const before = numbers();
    expect(await again(db)).toEqual([]);
    await playIterations(run, 3, 4);
    expect(await again(db)).toEqual(['run1']);
    expect(await counts(db)).toMatchObject({ episodes: 7 * EACH, metrics: 4 * 4 + 3, evaluations: 3 });
    for (const [name, number] of before) expect(numbers().get(name)).toBe(number);
    expect((await db.store.query('SELECT status, iteration FROM runs'))[0]).toEqual({
      status: 'stopped',
      iteration: 4,
    });
  });

  test('a run that was resumed from an earlier iteration', async () => {
    const run = await writeTestRun(path, { iterations: 6 });
    const db = await database();
    mkdirSync(run.checkpointFolder(2));
    await run.setLatest(2);
    await run.resumeFrom(2, []);
    await again(db);
    expect(await counts(db)).toMatchObject({
      episodes: 4 * EACH,
      steps: stepsOf(0, 1, 2, 2),
      metrics: 2 * 4 + 2,
      evaluations: 2,
    });
    await writeEpisodes(run.episodesFile(3), testEpisodes(77));
    await run.appendMetrics(3, { 'episode/success_rate': 0.77 });
    await run.close();
    await again(db);
    const [row] = await db.store.query(
      `SELECT any_value(observation) AS o, count(DISTINCT episode)::INTEGER AS n FROM steps WHERE iteration = 3`,
    );
    expect(row).toMatchObject({ o: expect.stringContaining('Iteration 77'), n: EACH });
    const [{ value }] = await db.store.query(
      `SELECT value FROM metrics WHERE iteration = 3 AND name = 'episode/success_rate'`,
    );
    expect(value).toBe(0.77);
  });

  test('a file that was written anew is read anew, between two looks too', async () => {
    const run = await writeTestRun(path);
    const db = await database();
    await writeEpisodes(run.episodesFile(1), testEpisodes(50).slice(0, 2));
    await again(db);
    expect(
      await db.store.query(
        `SELECT id FROM store.episodes e JOIN store.files USING (file) WHERE kind = 'train' AND iteration = 1`,
      ),
    ).toHaveLength(2);
    await writeEpisodes(run.episodesFile(1), testEpisodes(51).slice(0, 3));
    await db.refresh();
    await writeEpisodes(run.episodesFile(1), testEpisodes(52).slice(0, 5));
    await again(db);
    const rows = await db.store.query(
      `SELECT DISTINCT episode, observation[1:12] AS o FROM steps WHERE kind = 'train' AND iteration = 1`,
    );
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((r) => r.o))).toEqual(new Set(['Iteration 52']));
  });

  test('runs that come, go and are renamed', async () => {
    await writeTestRun(path, { iterations: 1 });
    const db = await database();
    await writeTestRun(join(dir, 'run2'), { iterations: 1 });
    expect((await db.refresh()).list).toBe(true);
    await db.readEpisodes();
    expect((await counts(db)).episodes).toBe(4 * EACH);
    renameSync(path, join(dir, 'run3'));
    expect((await db.refresh()).list).toBe(true);
    await db.readEpisodes();
    expect([...db.runs.keys()]).toEqual(['run2', 'run3']);
    rmSync(join(dir, 'run2'), { recursive: true });
    await again(db);
    expect(await counts(db)).toMatchObject({ runs: 1, metrics: 5, evaluations: 1, episodes: 2 * EACH });
  });

  test('metrics are followed while they are written', async () => {
    await writeTestRun(path, { iterations: 9, played: 2 });
    const db = await database();
    const file = join(path, 'metrics.jsonl');
    appendFileSync(file, '{"iteration":3,"a":1');
    await again(db);
    expect(await db.store.query('SELECT file, line, problem FROM problems')).toEqual([
      { file: 'metrics.jsonl', line: 5, problem: expect.stringContaining('its end is missing') },
    ]);
    appendFileSync(file, '.5}\n{"iteration":3,"b":2}\n{"iteration":3,"a":9}');
    await again(db);
    expect(await db.store.query('SELECT name, value FROM metrics WHERE iteration = 3 ORDER BY name')).toEqual([
      { name: 'a', value: 9 },
      { name: 'b', value: 2 },
    ]);
    expect((await counts(db)).problems).toBe(0);
    // A resumed run cuts the file in one step.
    const kept = readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n');
    writeFileSync(`${file}.new`, `${kept}\n`);
    renameSync(`${file}.new`, file);
    await again(db);
    expect(await db.store.query('SELECT max(iteration) AS last FROM metrics')).toEqual([{ last: 1 }]);
  });

  test('two databases look at one run while it grows', async () => {
    const run = await writeTestRun(path, { iterations: 30, played: 2 });
    const [a, b] = [await database(), await database()];
    const growing = playIterations(run, 3, 12);
    for (let i = 0; i < 5; i++) await Promise.all([again(a), again(b)]);
    await growing;
    await Promise.all([again(a), again(b)]);
    const all = await counts(a);
    expect(all).toMatchObject({ episodes: (12 + 7) * EACH, problems: 0 });
    expect(await counts(b)).toEqual(all);
  });

  test('reading that is stopped leaves whole files or none', async () => {
    await writeTestRun(path);
    const made = await RunDatabase.open([dir]);
    open.push(made);
    const controller = new AbortController();
    const reading = made.readEpisodes({
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(new Error('enough')),
    });
    await expect(reading).rejects.toThrow('enough');
    await made.readEpisodes();
    expect((await counts(made)).episodes).toBe(7 * EACH);
  });
});

describe('files that cannot be read', () => {
  const line = (n: number, more = {}): string =>
    JSON.stringify({ group: 'g', id: `e${n}`, steps: [{ observation: `o${n}`, action: 'a', reward: n }], ...more });

  /** What the database has of a file of episodes with this content. */
  async function hostile(content: Buffer | string, zip = true) {
    await writeTestRun(path, { iterations: 1 });
    const bytes = Buffer.from(content as string);
    writeFileSync(join(path, 'episodes/000007.jsonl.gz'), zip ? gzipSync(bytes) : bytes);
    const db = await database();
    const ids = await db.store.query('SELECT episode FROM episodes WHERE iteration = 7 ORDER BY position');
    const problems = await db.store.query(`SELECT file, line, problem FROM problems`);
    for (const p of problems) expect(p.file).toBe('episodes/000007.jsonl.gz');
    const text = await db.store.query('SELECT observation AS o FROM steps WHERE iteration = 7 ORDER BY episode');
    return { ids: ids.map((r) => r.episode), problems, texts: text.map((t) => t.o as string), db };
  }

  test('good lines stay, bad ones are told with their place', async () => {
    const lines = [
      line(1),
      '{"group":"g"',
      '[1]',
      '',
      line(2),
      '{"group":"g","steps":[{"observation":"o"}]}',
      'nonsense',
      line(3),
    ];
    const { ids, problems } = await hostile(lines.join('\n'));
    expect(ids).toEqual(['e1', 'e2', 'e3']);
    expect(problems.map((p) => p.line)).toEqual([2, 3, 6, 7]);
    expect(problems[2].problem).toBe('`steps[0].reward`: it is missing; it must be a number.');
  });

  test('bytes that are no UTF-8', async () => {
    const content = Buffer.concat([
      Buffer.from(`${line(1)}\n{"group":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n${line(2)}\n`),
    ]);
    const { ids, problems } = await hostile(content);
    expect(ids).toEqual(['e1', 'e2']);
    expect(problems).toEqual([
      { file: 'episodes/000007.jsonl.gz', line: 2, problem: expect.stringContaining('not UTF-8') },
    ]);
  });

  test('texts of any kind come back', async () => {
    const texts = [
      'a\0b',
      '\x1b[31mred\x1b[0m',
      '<script>alert(1)</script>',
      '日本語 😀',
      '\u2028',
      "'; DROP TABLE runs; --",
    ];
    const lines = texts.map((t, n) => line(n, { steps: [{ observation: t, reward: 0 }] }));
    const { texts: back, problems } = await hostile(lines.join('\n'));
    expect(back).toEqual(texts);
    expect(problems).toEqual([]);
  });

  test('half a character is shown as a replacement and told', async () => {
    const { texts, problems } = await hostile(
      '{"group":"g","id":"e","steps":[{"observation":"x\\ud800y 😀","reward":0}]}',
    );
    expect(texts).toEqual(['x\ufffdy 😀']);
    expect(problems).toMatchObject([{ line: 1, problem: expect.stringContaining('surrogate') }]);
  });

  test('a line of 10 MB', async () => {
    const long = 'ü'.repeat(5_000_000);
    const { ids, texts, problems } = await hostile(
      `${line(1)}\n${line(2, { steps: [{ observation: long, reward: 0 }] })}\n${line(3)}`,
    );
    expect(ids).toEqual(['e1', 'e2', 'e3']);
    expect(texts[1] === long).toBe(true);
    expect(problems).toEqual([]);
  });

  test('ids that are missing or there twice', async () => {
    const bare = '{"group":"g","steps":[]}';
    const { ids } = await hostile([line(1), line(1), bare, line(1)].join('\n'));
    expect(ids).toEqual(['e1', 'e1 (2)', 'episode 3', 'e1 (3)']);
  });

  const many = Array.from({ length: 3000 }, (_, n) => line(n, { finalState: `${Math.sin(n)}` })).join('\n');

  test('a compressed file that was cut: all lines before the cut', async () => {
    const whole = gzipSync(many);
    const cut = whole.subarray(0, Math.floor(whole.length * 0.7));
    const { ids, problems } = await hostile(cut, false);
    expect(ids.length).toBeGreaterThan(1800);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => `e${n}`));
    expect(problems).toMatchObject([{ line: ids.length + 1, problem: expect.stringContaining('cut short') }]);
  });

  test('a compressed file that is broken in the middle', async () => {
    const broken = Buffer.from(gzipSync(many));
    const middle = broken.length >> 1;
    broken.fill(0xff, middle, middle + 200);
    const { ids, problems, db } = await hostile(broken, false);
    expect(ids.length).toBeGreaterThan(1000);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.at(-1)!.problem).toContain('broken');
    // It is written again, as a copy that was under way is.
    writeFileSync(join(path, 'episodes/000007.jsonl.gz'), gzipSync(many));
    await again(db);
    expect((await db.store.query('SELECT count(*)::INTEGER AS n FROM episodes WHERE iteration = 7'))[0].n).toBe(3000);
    expect((await counts(db)).problems).toBe(0);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 0],
    ['half a header', gzipSync('x').subarray(0, 5), 1],
    ['plain text under the name of a compressed file', Buffer.from(`${'x'.repeat(50)}\n`), 1],
    ['zeros', Buffer.alloc(10_000), 1],
  ])('%s', async (_, bytes, wrong) => {
    const { ids, problems } = await hostile(bytes, false);
    expect(ids).toEqual([]);
    expect(problems.length).toBe(wrong);
  });

  test('a file of a hundred thousand bad lines is told in a hundred', async () => {
    const { problems } = await hostile('nonsense\n'.repeat(100_000));
    expect(problems.length).toBe(101);
    expect(problems.at(-1)).toMatchObject({ line: null, problem: 'it cannot be read in 99900 more places.' });
  });

  test.skipIf(process.platform === 'win32')(
    'links that lead out of the run, folders and pipes in place of files',
    async () => {
      await writeTestRun(path, { iterations: 1 });
      writeFileSync(join(dir, 'secret.jsonl.gz'), gzipSync(line(1)));
      symlinkSync(join(dir, 'secret.jsonl.gz'), join(path, 'episodes/000002.jsonl.gz'));
      symlinkSync(join(path, 'episodes/000001.jsonl.gz'), join(path, 'episodes/000003.jsonl.gz'));
      symlinkSync(join(dir, 'nowhere'), join(path, 'episodes/000004.jsonl.gz'));
      mkdirSync(join(path, 'episodes/000005.jsonl.gz'));
      for (const name of ['metadata.json', 'metrics.jsonl', 'evaluations/000000-held-out.json']) {
        renameSync(join(path, name), join(dir, 'elsewhere'));
        symlinkSync(join(dir, 'elsewhere'), join(path, name));
      }
      execFileSync('mkfifo', [join(path, 'status.json')]);
      const db = await database();
      expect(
        await db.store.query(
          "SELECT iteration, count(*)::INTEGER AS n FROM episodes WHERE kind = 'train' GROUP BY 1 ORDER BY 1",
        ),
      ).toEqual([
        { iteration: 1, n: EACH },
        { iteration: 3, n: EACH },
      ]);
      const problems = await db.store.query('SELECT file, problem FROM problems ORDER BY file');
      expect(problems.map(({ file, problem }) => [file, String(problem).slice(0, 20)])).toEqual([
        ['episodes/000002.jsonl.gz', 'it is a symbolic lin'],
        ['episodes/000004.jsonl.gz', 'it is a symbolic lin'],
        ['episodes/000005.jsonl.gz', 'it is no file.'],
        ['evaluations/000000-held-out.json', 'it is a symbolic lin'],
        ['metadata.json', 'it is a symbolic lin'],
        ['metrics.jsonl', 'it is a symbolic lin'],
        ['status.json', 'it is no file.'],
      ]);
      expect((await counts(db)).metrics).toBe(0);
    },
  );

  test('configuration, metadata, metrics and evaluations that are broken', async () => {
    await writeTestRun(path, { iterations: 1 });
    writeFileSync(join(path, 'config.json'), '{"seed":');
    rmSync(join(path, 'metadata.json'));
    writeFileSync(join(path, 'evaluations/000000-held-out.json'), '[]');
    writeFileSync(join(path, 'status.json'), 'nonsense');
    const metrics = join(path, 'metrics.jsonl');
    writeFileSync(metrics, `{"iteration":-1}\n{"iteration":1,"a":"b"}\n${readFileSync(metrics, 'utf8')}`);
    const db = await database();
    expect(await db.store.query('SELECT file, line, problem FROM problems ORDER BY file, line')).toMatchObject([
      { file: 'config.json', line: null, problem: expect.stringContaining('it is not JSON') },
      { file: 'evaluations/000000-held-out.json', problem: 'it must hold a JSON object.' },
      { file: 'metadata.json', problem: 'there is no such file.' },
      { file: 'metrics.jsonl', line: 1, problem: expect.stringContaining('`iteration`') },
      { file: 'metrics.jsonl', line: 2, problem: expect.stringContaining('`a`') },
    ]);
    expect(await counts(db)).toMatchObject({ runs: 1, metrics: 5, episodes: 2 * EACH });
    expect([...db.runs.values()][0].status.status).toBe('stopped');
  });

  test('a metrics file that is cut in place', async () => {
    await writeTestRun(path, { iterations: 3 });
    const db = await database();
    const file = join(path, 'metrics.jsonl');
    truncateSync(file, 20);
    await again(db);
    expect((await counts(db)).problems).toBe(1);
    expect(gunzipSync(readFileSync(join(path, 'episodes/000001.jsonl.gz'))).length).toBeGreaterThan(0);
    const writer = await RunFolder.open(path);
    await writer.appendMetrics(1, { a: 1 });
    await writer.close();
    await again(db);
    expect(await db.store.query('SELECT iteration, name, value FROM metrics')).toEqual([
      { iteration: 1, name: 'a', value: 1 },
    ]);
  });
});

test('episodes that are there to be asked for since a look are told by it', async () => {
  await writeTestRun(path);
  const db = await RunDatabase.open([dir]);
  open.push(db);
  const told: string[] = [];
  let look: Promise<unknown> | undefined;
  await db.readEpisodes({
    onRead: (runs) => told.push(...runs),
    // Behind the last file, before it is told of: few steps are gathered.
    onProgress: ({ done }) => {
      if (done === 7) look = db.refresh().then(({ runs }) => told.push(...runs));
    },
  });
  await look;
  expect(told).toContain('run1');
});

test('names and numbers that no table holds keep nothing else from being read', async () => {
  await writeTestRun(path);
  appendFileSync(
    join(path, 'metrics.jsonl'),
    '{"iteration":3000000000,"x":1}\n{"iteration":9,"":1,"a\\u0000b":2,"c\\"d":3}\n',
  );
  writeFileSync(join(path, 'evaluations', '000009-odd.json'), '{"successRate":1,"errors":1.5,"episodes":5000000000}');
  const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, iterations: 5e9 }));
  const db = await database();
  expect(await db.store.query('SELECT "c""d" AS n FROM metrics_wide WHERE iteration = 9')).toEqual([{ n: 3 }]);
  expect(await db.store.query('SELECT count(*)::INT AS n FROM metrics WHERE iteration = 9')).toEqual([{ n: 3 }]);
  expect(db.runs.get('run1')!.problems).toEqual([
    expect.objectContaining({ file: 'metrics.jsonl', problem: expect.stringContaining('it is 3000000000') }),
  ]);
  expect(await db.store.query("SELECT errors, episodes FROM evaluations WHERE name = 'odd'")).toEqual([
    { errors: null, episodes: null },
  ]);
});
