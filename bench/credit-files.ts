import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { readLines } from '../src/runs/lines.ts';
import { rollouts } from './credit.ts';
import { median, type Section } from './report.ts';

const MEGABYTES = 1000;
/** Steps made at a time. */
const PART = 20_000;

/** `turnwise credit` on a file of 1 GB, process start and all, beside what reading and parsing the same bytes costs. */
export async function benchCreditFiles(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-bench-'));
  try {
    const path = join(folder, 'rollouts.jsonl');
    const steps = await writeRollouts(path);
    const bytes = statSync(path).size;
    const rows: string[][] = [];
    const add = (what: string, seconds: number, memory: string): void => {
      rows.push([what, `${seconds.toFixed(2)} s`, `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`, memory]);
    };
    const begin = performance.now();
    for await (const { text } of readLines(path)) JSON.parse(text);
    add('JSON.parse of every line, nothing else', (performance.now() - begin) / 1000, '');
    for (const args of [
      ['--algorithm', 'grpo'],
      ['--algorithm', 'gagpo'],
      ['--algorithm', 'gigpo'],
      ['--algorithm', 'bellman'],
      ['--algorithm', 'reinforce++'],
      ['--algorithm', 'all'],
      ['--algorithm', 'gagpo', '--sort'],
    ]) {
      const runs = [];
      for (let i = 0; i < 3; i++) runs.push(await credit([path, ...args, '--out', join(folder, 'out.jsonl')]));
      const memory = Math.max(...runs.map((run) => run.megabytes));
      add(`turnwise credit ${args.join(' ')}`, median(runs.map((run) => run.seconds)), `${memory.toFixed(0)} MB`);
    }
    return {
      title: `Credit: a file of ${(bytes / 1e6).toFixed(0)} MB, ${steps.toLocaleString('en')} steps`,
      header: ['what', 'time', 'of the file', 'peak memory'],
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeRollouts(path: string): Promise<number> {
  const file = createWriteStream(path);
  let steps = 0;
  for (let part = 0; file.bytesWritten + file.writableLength < MEGABYTES * 1e6; part++) {
    for (const episode of rollouts(PART, part)) {
      steps += episode.steps.length;
      const text = `${JSON.stringify({ ...episode, group: `part ${part}, ${episode.group}` })}\n`;
      if (!file.write(text)) await once(file, 'drain');
    }
  }
  file.end();
  await finished(file);
  return steps;
}

/** Runs the built command, with its peak memory from the process table. */
async function credit(args: readonly string[]): Promise<{ seconds: number; megabytes: number }> {
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const begin = performance.now();
  const child = spawn(process.execPath, [main, 'credit', ...args], { stdio: 'ignore' });
  let kilobytes = 0;
  const watch = setInterval(() => {
    try {
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      kilobytes = Math.max(kilobytes, Number(peak?.[1] ?? 0));
    } catch {
      // Gone already, or no such table on this system: then the memory reads 0.
    }
  }, 20);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  if (code !== 0) throw new Error(`turnwise credit ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - begin) / 1000, megabytes: kilobytes / 1024 };
}
