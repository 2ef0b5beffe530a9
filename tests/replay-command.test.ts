import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openSuite } from '../src/environments/index.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'turnwise-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function turnwise(args: string[], input?: string | Buffer): Promise<{ out: string; err: string; code: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { env: { ...process.env, NO_COLOR: '1' } });
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

describe('turnwise replay', () => {
  it('writes what is played, finds it identical, and shows where it is not', async () => {
    const task = (await openSuite('household')).tasks('test')[3].id;
    const line = JSON.stringify({ task, actions: ['look', 'fly', 'inventory'] });
    const played = await turnwise(['replay', '-e', 'household'], gzipSync(`${line}\n`));
    expect(played.code).toBe(0);
    const episode = JSON.parse(played.out);
    expect(Object.keys(episode)).toEqual(['task', 'initialObservation', 'initialAdmissible', 'steps']);
    expect(episode.steps[1]).toMatchObject({ action: 'fly', observation: 'Nothing happens.', reward: 0, done: false });

    const file = join(folder, 'played.jsonl');
    writeFileSync(file, played.out);
    const again = await turnwise(['replay', '-e', 'household', file]);
    expect(again).toMatchObject({ code: 0, out: '' });
    expect(again.err).toContain('all 17 recorded answers are identical');

    episode.steps[2].observation = 'You hold a crown.';
    writeFileSync(file, `\n${JSON.stringify(episode)}\n`);
    const out = join(folder, 'again.jsonl');
    const differs = await turnwise(['replay', '-e', 'household', file, '--out', out]);
    expect(differs.code).toBe(1);
    expect(differs.err).toContain(`${file}, line 2, task ${task}\nstep 3, "inventory": observation differs`);
    expect(differs.err).toContain('- You hold a crown.\n+ You hold nothing.');
    expect(readFileSync(out, 'utf8')).toBe(played.out);
  });

  it.each([
    ['{', 'standard input, line 1: it is not JSON'],
    ['{"task":"test/none","actions":[]}', 'line 1: `task`: household has no task "test/none"'],
    ['{"task":"x"}', 'line 1: `actions`: give `actions`'],
    ['{"task":"x","steps":[{"action":3}]}', 'line 1: `steps[0].action`: it must be a string'],
    ['', 'it holds no recordings'],
  ])('refuses %s', async (input, sentence) => {
    const { code, out, err } = await turnwise(['replay', '-e', 'household'], input);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(sentence);
  });
});

describe('turnwise doctor', () => {
  it('counts tasks, and says so where there is no data to check', async () => {
    const { out, code } = await turnwise(['doctor', '-e', 'household']);
    expect(code).toBe(0);
    expect(out).toMatch(/^test +240 +40/m);
    expect(out).toContain('there is no data to check');
  });

  it('names data that is not there', async () => {
    const { err, code } = await turnwise(['doctor', '-e', 'alfworld', '-d', join(folder, 'none.zip')]);
    expect(code).toBe(1);
    expect(err).toContain('none.zip: there is no such file or folder');
  });
});
