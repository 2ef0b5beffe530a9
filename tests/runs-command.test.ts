import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTestRun } from '../src/database/run.test-support.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PAGE = fileURLToPath(new URL('../dist/viewer/app/index.html', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'turnwise-runs-'));
const run = join(folder, 'runs', 'first');
beforeAll(() => writeTestRun(run, { iterations: 2, tokens: 'all' }));
afterAll(() => rmSync(folder, { recursive: true }));

const built = existsSync(PAGE);
if (!built) console.log('skipped: turnwise view and export --out, since the page is not built (npm run build)');

function start(args: string[]): { child: ChildProcess; text: { out: string; err: string } } {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    text.out += data;
  });
  child.stderr.on('data', (data) => {
    text.err += data;
  });
  return { child, text };
}

async function turnwise(args: string[], input = ''): Promise<{ out: string; err: string; code: number }> {
  const { child, text } = start(args);
  child.stdin!.end(input);
  const [code] = await once(child, 'close');
  return { ...text, code };
}

const scratch = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('turnwise-database-'));

describe('turnwise sql', () => {
  it('says what can be asked, and answers it', async () => {
    const help = await turnwise(['sql']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/^steps: One row a step/m);
    const table = await turnwise(['sql', 'SELECT action, count(*) AS n FROM steps GROUP BY ALL ORDER BY action']);
    expect(table).toMatchObject({ code: 0, err: '' });
    expect(table.out).toMatch(/^action +n\n─+ {2}─+\ngo to shelf 0 +\d+\n[\s\S]*\n3 rows\n$/);
    const json = await turnwise(
      ['sql', 'runs', run, '-', '--format', 'json'],
      "FROM metrics WHERE name = 'val/success_rate'",
    );
    expect(JSON.parse(json.out)).toMatchObject([
      { iteration: 0, value: 0.5 },
      { iteration: 2, value: 0.5 },
    ]);
    const file = join(folder, 'out.csv.gz');
    const kept = await turnwise(['sql', '-f', 'csv', '-o', file, 'SELECT seed, status FROM runs']);
    expect(kept).toMatchObject({ out: '', err: `${file}: 1 row\n` });
    expect(gunzipSync(readFileSync(file)).toString()).toBe('seed,status\n1,finished\n');
  });

  it.each([
    [['sql', 'SELECT * FORM runs'], /^turnwise: Parser Error: syntax error[\s\S]*LINE 1: SELECT \* FORM runs\n +\^/],
    [['sql', 'runs', ' '], /^turnwise: The query is empty/],
    [['sql', "COPY runs TO 'x.csv'"], /^turnwise: A query reads the runs, and reads and writes no other file/],
    [['sql', 'DELETE FROM runs'], /^turnwise: Runs can be asked, not changed/],
    [['export', 'runs', '--parquet', MAIN], /^turnwise: .*main\.ts: there is a file where the folder would be/],
    [['export', 'runs', '--out', 'page.txt'], /^turnwise: --out page\.txt: .*ends in \.html/],
    [['sql', 'nowhere', 'FROM runs'], /^turnwise: nowhere: there is no such folder\./],
    [['sql', 'nowhere'], /^turnwise: nowhere is neither a folder nor a query/],
    [['export', 'runs'], /^turnwise: Say what to write/],
    [
      ['view', 'nowhere'],
      built ? /^turnwise: nowhere: there is no such folder/ : /^turnwise: The viewer's page is not built/,
    ],
  ])('%j is refused in a sentence', async (args, message) => {
    const { code, err } = await turnwise(args);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  it('says that something could not be read', async () => {
    const broken = join(folder, 'broken');
    await writeTestRun(broken, { iterations: 1 });
    writeFileSync(join(broken, 'episodes', '000001.jsonl.gz'), 'nonsense');
    const { out, err } = await turnwise(['sql', broken, 'FROM problems', '-f', 'jsonl']);
    expect(JSON.parse(out)).toMatchObject({ file: 'episodes/000001.jsonl.gz', line: 1 });
    expect(err).toBe('1 place of the runs cannot be read: SELECT * FROM problems\n');
  });
});

describe('turnwise export', () => {
  it('writes Parquet files', async () => {
    const before = scratch();
    const { code, err } = await turnwise(['export', 'runs', '--parquet', join(folder, 'pq')]);
    expect(code).toBe(0);
    expect(err).toMatch(/steps\.parquet: \d+ rows\n/);
    for (const name of readdirSync(join(folder, 'pq'))) {
      expect(
        readFileSync(join(folder, 'pq', name))
          .subarray(0, 4)
          .toString(),
      ).toBe('PAR1');
    }
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
  });

  it.skipIf(!built)('writes the page with its data', async () => {
    const out = join(folder, 'page.html');
    const { code, err } = await turnwise(['export', run, '--out', out, '--iteration', '2', '--group', 'r0g001']);
    expect(code).toBe(0);
    expect(err).toContain('page.html: ');
    const [, json] = /id="turnwise-data">([\s\S]*?)<\/script/.exec(readFileSync(out, 'utf8'))!;
    expect(JSON.parse(json)).toMatchObject({
      runs: [{ id: 'first' }],
      groups: [{ view: { iteration: 2, group: 'r0g001' } }],
    });
    expect((await turnwise(['export', run, '--out', out, '--group', 'x'])).err).toContain(
      'no stored episodes of group x',
    );
  });
});

describe('turnwise view', () => {
  it.skipIf(!built)('serves until Ctrl-C, and leaves nothing behind', async () => {
    const before = scratch();
    const { child, text } = start(['view', '--no-open']);
    while (!text.out.includes('\n')) await once(child.stdout!, 'data');
    expect(text.err).toContain('1 run in runs.');
    const entered = await fetch(text.out.trim());
    const cookie = entered.headers.get('set-cookie')!.split(';')[0];
    const page = await fetch(new URL('/', text.out.trim()), { headers: { cookie } });
    expect(await page.text()).toContain('<div id="app">');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
  });
});
