import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import {
  assignCredit,
  batchFromEpisodes,
  type CreditColumn,
  type EpisodeRecord,
  explainCredit,
  splitByEpisode,
} from '../credit/index.ts';
import { renderCreditReport } from '../reports/index.ts';
import { Random } from '../text/random.ts';
import { type CreditFileOptions, creditFile } from './credit-file.ts';
import { makePlans } from './plans.ts';
import { creditReport } from './report.ts';
import { Statistics } from './statistics.ts';

const folder = mkdtempSync(join(tmpdir(), 'turnwise-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function file(content: string | Buffer, ending = 'jsonl'): string {
  const path = join(folder, `${files++}.${ending}`);
  writeFileSync(path, content);
  return path;
}

function rollouts(groups: number, valued = false): EpisodeRecord[] {
  const random = Random.of(5, 'rollouts');
  return Array.from({ length: groups * 4 }, (_, i) => {
    const success = random.next() < 0.5;
    return {
      group: `g${Math.floor(i / 4)} 冷`,
      id: `e${i}`,
      success,
      truncated: !success,
      steps: Array.from({ length: 1 + random.below(6) }, (__, t) => ({
        observation: `room ${random.below(4)} – "${'x'.repeat(random.below(30))}"`,
        state: `s${random.below(4)}`,
        action: 'go',
        reward: t === 0 && success ? 10 : 0,
        valid: random.next() < 0.8,
        ...(valued ? { value: random.next() } : {}),
      })),
    };
  });
}

const text = (episodes: readonly object[]): string => `${episodes.map((e) => JSON.stringify(e)).join('\n')}\n`;

async function credited(options: Omit<CreditFileOptions, 'plans'>, names: string[], settings: string[] = []) {
  const out = join(folder, `${files++}.out`);
  const result = await creditFile({ ...options, out, plans: makePlans(names, settings).plans });
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  return { result, lines: lines.map((line) => JSON.parse(line)) };
}

const episodes = rollouts(12, true);
const path = file(text(episodes));

describe('what is written is what the library gives for all episodes at once', () => {
  test.each([
    ['gagpo', ['gamma=0.9', 'lambda=0.5']],
    ['gigpo', ['similarity=0.8']],
    ['grpo', ['normalization=mean']],
    ['reinforce++', []],
    ['gae', []],
    ['gagpo', ['scope=batch', 'lastStates=2']],
    ['gagpo', ['scope=batch', 'similarity=0.8']],
  ])('%s %j', async (name, settings) => {
    const { plans } = makePlans([name], settings);
    const { lines } = await credited({ path }, [name], settings);
    const batch = batchFromEpisodes(episodes);
    const expected = splitByEpisode(batch, assignCredit(batch, name, plans[0].options).advantages);
    expect(lines).toEqual(episodes.map(({ group, id }, i) => ({ group, id, advantages: expected[i] })));
  });
});

test('several algorithms stand side by side, those with options of their own too', async () => {
  const { result, lines } = await credited({ path }, ['gagpo', 'all'], ['gamma=0.9', 'gigpo.gamma=0.5']);
  expect(result.plans).toHaveLength(12);
  const batch = batchFromEpisodes(episodes);
  for (const [name, gamma] of [
    ['gagpo', 0.9],
    ['gigpo', 0.5],
  ] as const) {
    const expected = splitByEpisode(batch, assignCredit(batch, name, { gamma }).advantages);
    expect(lines.map(({ advantages }) => advantages[name])).toEqual(expected);
  }
});

test('all leaves out what needs a critic where there are no values; by name it is refused', async () => {
  const plain = file(text(rollouts(2)));
  const { result } = await credited({ path: plain }, ['all']);
  expect(result.plans.map(({ name }) => name)).not.toContain('gae');
  expect(result.plans).toHaveLength(11);
  await expect(credited({ path: plain }, ['all', 'gae'])).rejects.toThrow('line 1: `value`');
});

test('batches of some groups are whitened on their own', async () => {
  const { lines } = await credited({ path, batchGroups: 5 }, ['reinforce++']);
  const expected = [0, 20, 40].flatMap((from) => {
    const batch = batchFromEpisodes(episodes.slice(from, from + 20));
    return splitByEpisode(batch, assignCredit(batch, 'reinforce++').advantages);
  });
  expect(lines.map(({ advantages }) => advantages)).toEqual(expected);
});

describe('explanations', () => {
  /** One object per episode, as JSON can hold it. */
  function expected(list: readonly EpisodeRecord[], name: string, options: object): object[] {
    const batch = batchFromEpisodes(list);
    const { terms, quantities } = explainCredit(batch, name, options);
    const split = (columns: readonly CreditColumn[]) =>
      columns.map((column) => [column.name, splitByEpisode(batch, column.values)] as const);
    const of = (columns: ReturnType<typeof split>, i: number) =>
      Object.fromEntries(columns.map(([column, lists]) => [column, lists[i]]));
    const [allTerms, allQuantities] = [split(terms), split(quantities)];
    const whole = list.map((_, i) => ({ terms: of(allTerms, i), quantities: of(allQuantities, i) }));
    return JSON.parse(JSON.stringify(whole));
  }

  test.each([
    ['gagpo', []],
    ['gigpo', ['similarity=0.8', 'invalidActionPenalty=0.1']],
    ['hgpo', ['base=true']],
    ['graphgpo', ['omega=0.5']],
    ['reinforce++', ['invalidActionPenalty=0.1']],
    ['gagpo', ['scope=batch', 'similarity=0.8', 'lastStates=2']],
  ])('stand beside the advantages, which stay as they were: %s %j', async (name, settings) => {
    const { plans } = makePlans([name], settings);
    const { lines } = await credited({ path, explain: true }, [name], settings);
    const plain = await credited({ path }, [name], settings);
    const explanations = expected(episodes, name, plans[0].options);
    expect(lines).toEqual(plain.lines.map((line, i) => ({ ...line, explanation: explanations[i] })));
  });

  test('of several algorithms stand under their names, whether they wait for other groups or not', async () => {
    const names = ['reinforce++', 'gagpo', 'gae'];
    const plain = await credited({ path, batchGroups: 5 }, names);
    const { lines, result } = await credited({ path, batchGroups: 5, explain: true }, names);
    expect(result).toEqual(plain.result);
    const parts = [0, 20, 40].map((from) => episodes.slice(from, from + 20));
    const byName = names.map((name) => parts.flatMap((part) => expected(part, name, {})));
    expect(lines).toEqual(
      plain.lines.map((line, i) => ({
        ...line,
        explanation: Object.fromEntries(names.map((name, n) => [name, byName[n][i]])),
      })),
    );
  });

  test('have null where a step has no such number, and terms that sum to the advantage', async () => {
    const { lines } = await credited({ path, explain: true }, ['gagpo']);
    for (const { advantages, explanation } of lines) {
      expect(explanation.terms['later residuals'].at(-1)).toBeNull();
      for (const [t, a] of (advantages as number[]).entries()) {
        const sum = Object.values<(number | null)[]>(explanation.terms).reduce(
          (total, term) => total + (term[t] ?? 0),
          0,
        );
        expect(sum).toBeCloseTo(a, 9);
      }
    }
  });

  test('come in the order of the file where its groups are torn apart', async () => {
    const { lines } = await credited({ path, explain: true }, ['bellman', 'reinforce++']);
    const order = [...episodes.keys()].sort((a, b) => (a % 4) - (b % 4) || a - b);
    const torn = file(text(order.map((i) => episodes[i])));
    const sorted = await credited({ path: torn, sort: true, explain: true }, ['bellman', 'reinforce++']);
    expect(sorted.lines).toEqual(order.map((i) => lines[i]));
  });
});

test('gzip, no line feed at the end, blank lines, Windows line ends: the same', async () => {
  const { lines } = await credited({ path }, ['gagpo']);
  const variants = [
    file(gzipSync(text(episodes)), 'gz'),
    file(text(episodes).trimEnd()),
    file(`\n${text(episodes).replaceAll('\n', '\n\n')}  \n`),
    file(text(episodes).replaceAll('\n', '\r\n')),
  ];
  for (const variant of variants) expect((await credited({ path: variant }, ['gagpo'])).lines).toEqual(lines);
});

test('compressed output', async () => {
  const out = join(folder, 'out.jsonl.gz');
  await creditFile({ path, out, plans: makePlans(['gagpo'], []).plans });
  const { lines } = await credited({ path }, ['gagpo']);
  const unpacked = gunzipSync(readFileSync(out)).toString().trimEnd().split('\n');
  expect(unpacked.map((line) => JSON.parse(line))).toEqual(lines);
});

describe('groups that are torn apart', () => {
  const order = [...episodes.keys()].sort((a, b) => (a % 4) - (b % 4) || a - b);
  const torn = text(order.map((i) => episodes[i]));

  test('are refused, with both lines', async () => {
    await expect(credited({ path: file(torn) }, ['gagpo'])).rejects.toThrow(
      /line 13: `group`: group "g0 冷" ended in line 1 and begins again here.*--sort/,
    );
  });

  test.each(['jsonl', 'gz'])('are collected by --sort, and answered in the order of the file: %s', async (kind) => {
    const { lines } = await credited({ path }, ['gagpo']);
    const tornPath = kind === 'gz' ? file(gzipSync(torn), kind) : file(torn);
    const sorted = await credited({ path: tornPath, sort: true }, ['gagpo']);
    expect(sorted.lines).toEqual(order.map((i) => lines[i]));
  });
});

test('success is read off the reward where an episode does not say', async () => {
  const silent = episodes.map(({ success: _, ...episode }) => episode);
  const silentPath = file(text(silent));
  const { plans, successReward } = makePlans(['g2po'], ['successReward=10']);
  const told = await creditFile({ path: silentPath, out: null, plans, successReward });
  expect(told.totals.successRate).toBeCloseTo(episodes.filter((e) => e.success).length / episodes.length, 12);
  const never = await creditFile({ path: silentPath, out: null, plans, successReward: 11 });
  expect(never.totals.successRate).toBe(0);
});

test('the state key is chosen', async () => {
  const batch = (stateKey: 'state' | 'observation') => batchFromEpisodes(episodes, { stateKey });
  for (const stateKey of ['state', 'observation'] as const) {
    const { lines } = await credited({ path, stateKey }, ['gigpo']);
    const expected = splitByEpisode(batch(stateKey), assignCredit(batch(stateKey), 'gigpo').advantages);
    expect(lines.map(({ advantages }) => advantages)).toEqual(expected);
  }
  const bare = file(text([{ group: 'g', steps: [{ observation: 'a', reward: 1 }] }]));
  await expect(credited({ path: bare, stateKey: 'state' }, ['gigpo'])).rejects.toThrow('steps[0].state');
});

describe('bad lines are named, and nothing is left behind', () => {
  const good = '{"group":"g","steps":[{"observation":"a","reward":0}]}\n';
  test.each([
    ['{"group":"g"', 'line 2: it is not JSON'],
    ['[]', 'line 2: it is not an episode'],
    ['{"steps":[]}', 'line 2: `group`: it is missing'],
    ['{"group":"g","steps":[]}', 'line 2: `steps`: it has no steps'],
    ['{"group":"g","steps":[{"observation":"a"}]}', 'line 2: `steps[0].reward`: `reward` is missing'],
    ['{"group":"g","steps":[{"observation":"a","reward":0},3]}', 'line 2: `steps[1]`: a step must be an object'],
    ['{"group":"g","steps":[{"observation":"a","reward":1e999}]}', '`reward` is Infinity'],
    [
      '{"group":"g","steps":[{"observation":"a","reward":0,"value":1}]}',
      'line 2: `steps[0].value`: `value` is present',
    ],
    ['{"group":"g","truncated":"no","steps":[{"observation":"a","reward":0}]}', 'line 2: `truncated`'],
    [Buffer.from([0xc3, 0x28]), 'line 2: it is not UTF-8'],
  ])('%s', async (bad, sentence) => {
    const badPath = file(Buffer.concat([Buffer.from(good), Buffer.from(bad as string)]));
    const before = readdirSync(folder);
    await expect(credited({ path: badPath }, ['gagpo'])).rejects.toThrow(sentence);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('an empty file, a missing one, a folder, a broken archive', async () => {
    await expect(credited({ path: file('\n') }, ['gagpo'])).rejects.toThrow('it holds no episodes');
    await expect(credited({ path: join(folder, 'none') }, ['gagpo'])).rejects.toThrow('there is no such file');
    await expect(credited({ path: join(folder, 'none'), sort: true }, ['gagpo'])).rejects.toThrow('no such file');
    await expect(credited({ path: folder }, ['gagpo'])).rejects.toThrow('it is a folder');
    const cut = file(gzipSync(text(episodes)).subarray(0, 200), 'gz');
    await expect(credited({ path: cut }, ['gagpo'])).rejects.toThrow('broken or was cut short');
  });

  test('the input as output', async () => {
    await expect(creditFile({ path, out: path, plans: makePlans(['gagpo'], []).plans })).rejects.toThrow(
      'is the file that is read',
    );
  });
});

describe('settings', () => {
  test.each([
    [['gappo'], [], 'the nearest name is "gagpo"'],
    [['gagpo'], ['gama=1'], 'gagpo has no option "gama"; the nearest is "gamma"'],
    [['grpo', 'rloo'], ['gamma=1'], 'none of the algorithms has an option "gamma"'],
    [['gagpo'], ['gamma=2'], 'a number from 0 to 1'],
    [['gagpo'], ['gigpo.gamma=1'], 'gigpo is not among the algorithms asked for'],
    [['gagpo'], ['gamma'], 'write key=value'],
    [['gagpo'], ['successReward=much'], 'it must be a number'],
  ])('%j %j', (names, settings, sentence) => {
    expect(() => makePlans(names, settings)).toThrow(sentence);
  });
});

test('statistics are those of the numbers', () => {
  const random = Random.of(1, 'statistics');
  const x = Float64Array.from({ length: 500 }, () => random.normal());
  const y = x.map((v) => v ** 3);
  const z = x.map(() => 2);
  const statistics = new Statistics(3);
  for (let from = 0; from < 500; from += 100) statistics.add([x, y, z].map((column) => column.slice(from, from + 100)));
  const mean = x.reduce((sum, v) => sum + v, 0) / 500;
  const d = statistics.distribution(0);
  expect(d.mean).toBeCloseTo(mean, 12);
  expect(d.std).toBeCloseTo(Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 500), 10);
  expect(d.p50).toBeCloseTo(
    [...x]
      .sort((a, b) => a - b)
      .slice(249, 251)
      .reduce((a, b) => a + b) / 2,
    12,
  );
  expect(d.counts.reduce((sum, c) => sum + c, 0)).toBe(500);
  expect(statistics.distribution(2)).toMatchObject({ mean: 2, std: 0, zeroShare: 0, shareAboveOne: 1 });
  const { pearson, spearman, sign } = statistics.agreement();
  expect(spearman[0][1]).toBeCloseTo(1, 12);
  expect(pearson[0][1]).toBeLessThan(0.95);
  expect(pearson[0][1]).toBeGreaterThan(0.6);
  expect(pearson[0][2]).toBeNull();
  expect(sign[0][1]).toBeCloseTo(1, 2);
  expect(sign[0][2]).toBeCloseTo(x.filter((v) => v > 0).length / 500, 12);
});

test('the page shows a group as it was: graph, ends, credit', async () => {
  const seen = (room: string, reward = 0): object => ({
    observation: `You are in the ${room}.`,
    state: room,
    action: 'go',
    reward,
  });
  const group = [
    { group: 'g', id: 'won', success: true, steps: [seen('hall'), seen('attic', 10)] },
    { group: 'g', id: 'lost', success: false, steps: [seen('hall'), seen('hall')] },
  ];
  const other = { group: 'h', id: 'only', success: true, steps: [{ observation: 'hall', reward: 10 }] };
  const pagePath = file(text([other, ...group]));
  const { plans } = makePlans(['rloo', 'gagpo'], []);
  const result = await creditFile({ path: pagePath, plans, out: null, sample: 1 });
  const report = creditReport(result, '2026-01-01');
  expect(report.totals).toMatchObject({ groups: 2, episodes: 3, steps: 5 });
  expect(report.groups).toHaveLength(1);
  const [shown] = report.groups;
  expect(shown.nodes).toEqual([
    { text: 'hall', visits: 3, value: 9.5 / 3 },
    { text: 'attic', visits: 1, value: 10 },
    { text: 'success', visits: 1, value: 10, terminal: 'success' },
    { text: 'failure', visits: 1, value: 0, terminal: 'failure' },
  ]);
  // The mean of the rewards by steps is 5, so that each step of the winner has 4/3 · 5.
  const edges = shown.edges.map(({ from, to, count, advantages }) => [
    from,
    to,
    count,
    Math.round(300 * advantages[0]),
  ]);
  expect(edges).toEqual([
    [0, 1, 1, 2000],
    [1, 2, 1, 2000],
    [0, 0, 1, -2000],
    [0, 3, 1, -2000],
  ]);
  expect(shown.episodes[0].steps[0]).toMatchObject({
    node: 0,
    observation: 'You are in the hall.',
    action: 'go',
    valid: true,
  });
  expect(shown.episodes.map(({ id, success, reward }) => [id, success, reward])).toEqual([
    ['won', true, 10],
    ['lost', false, 0],
  ]);
  expect(renderCreditReport(report)).toContain('Who gets the credit');
});

describe('the command', () => {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const run = (args: string[]) => spawn(process.execPath, ['--import', 'tsx', main, 'credit', ...args]);

  async function output(child: ReturnType<typeof run>, input?: Buffer) {
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { out, err, code };
  }

  test('reads standard input, writes lines to standard output and a summary beside them', async () => {
    const { lines } = await credited({ path }, ['gigpo'], ['gamma=0.9']);
    const told = await output(run(['-a', 'gigpo', '-s', 'gamma=0.9']), gzipSync(text(episodes)));
    expect(told.code).toBe(0);
    expect(
      told.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(lines);
    expect(told.err).toContain('standard input: 12 groups, 48 episodes');
    expect(told.err).toMatch(/^gigpo +/m);
  });

  test('explains where asked to, and refuses to where nothing is written', async () => {
    const { lines } = await credited({ path, explain: true }, ['bellman']);
    const told = await output(run([path, '-a', 'bellman', '--explain', '--out', '-']));
    expect(told.code).toBe(0);
    const printed = told.out.trimEnd().split('\n');
    expect(printed.map((line) => JSON.parse(line))).toEqual(lines);
    const refused = await output(run([path, '--explain', '--report', join(folder, 'why.html')]));
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('--explain: with --report alone no advantages are written');
  });

  test('ends with 1 and one sentence on bad input', async () => {
    const { out, err, code } = await output(run(['-']), Buffer.from('{"group":1}\n'));
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(err).toContain(
      'turnwise: standard input, line 1: `group`: it is 1; name the group of the episode with a string.',
    );
  });

  test('Ctrl-C while it waits for input leaves no output file', async () => {
    const out = join(folder, 'interrupted.jsonl');
    const child = run(['--out', out]);
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.stdin.write(text(episodes));
    while (!readdirSync(folder).some((name) => name.includes('interrupted'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(err).toContain('no output file is made');
    expect(readdirSync(folder).filter((name) => name.includes('interrupted'))).toEqual([]);
  });
});
