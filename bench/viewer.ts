import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunDatabase } from '../src/database/index.ts';
import type { EpisodeQuery } from '../src/viewer/api.ts';
import { ViewerData } from '../src/viewer/data/viewer-data.ts';
import { median, type Section } from './report.ts';
import { writeViewerRun } from './viewer-run.ts';

/** Of 128 episodes each. */
const ITERATIONS = 782;
const WITH_TOKENS = 79;
const REPEATS = 9;

/** The viewer on a run of 100,000 episodes: how long until it can be asked, and how long each question takes. */
export async function benchViewer(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-bench-'));
  try {
    const { episodes, steps } = await writeViewerRun(join(folder, 'plain', 'run'), ITERATIONS);
    const rows = await measure(join(folder, 'plain'));
    rmSync(join(folder, 'plain'), { recursive: true });
    const withTokens = await writeViewerRun(join(folder, 'tokens', 'run'), WITH_TOKENS, true);
    const { seconds, megabytes } = await read(join(folder, 'tokens'));
    rows.push([
      `reading ${withTokens.episodes.toLocaleString('en')} episodes with their tokens (${megabytes} on the disk)`,
      `${seconds.toFixed(1)} s`,
    ]);
    return {
      title: `Viewer: a run of ${episodes.toLocaleString('en')} episodes, ${steps.toLocaleString('en')} steps`,
      header: ['what', 'time'],
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function read(folder: string): Promise<{ seconds: number; megabytes: string }> {
  const database = await RunDatabase.open([folder], { detail: 'search' });
  const begin = performance.now();
  await database.readEpisodes();
  const seconds = (performance.now() - begin) / 1000;
  await database.close();
  return { seconds, megabytes: sizeOf(join(folder, 'run', 'episodes')) };
}

async function measure(folder: string): Promise<string[][]> {
  const rows: string[][] = [];
  const begin = performance.now();
  const database = await RunDatabase.open([folder], { detail: 'search' });
  const data = new ViewerData(database);
  await data.runs();
  await data.curves(['run']);
  rows.push(['opened: the list of runs and all curves', `${(performance.now() - begin).toFixed(0)} ms`]);

  let longest = 0;
  let last = performance.now();
  const heart = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 5);
    last = now;
  }, 5);
  const reading = performance.now();
  let memory = 0;
  await database.readEpisodes({
    onProgress: () => {
      memory = Math.max(memory, process.memoryUsage.rss());
    },
  });
  clearInterval(heart);
  const seconds = (performance.now() - reading) / 1000;
  const size = sizeOf(join(folder, 'run', 'episodes'));
  rows.push([
    `read: all episodes (${size} on the disk), what is there can be asked meanwhile`,
    `${seconds.toFixed(1)} s`,
  ]);
  rows.push(['longest that a question waited meanwhile for the reading', `${longest.toFixed(0)} ms`]);
  rows.push(['peak memory of the process', `${(memory / 2 ** 20).toFixed(0)} MB`]);

  const all: EpisodeQuery = { run: 'run', sort: 'order', descending: false, offset: 0, limit: 50 };
  const page = (query: Partial<EpisodeQuery>) => () => data.episodes({ ...all, ...query });
  // Another iteration each time, so that nothing is known beforehand.
  let iteration = 400;
  const group = (algorithm?: string) => () =>
    data.group({ run: 'run', kind: 'train', iteration: iteration++, group: 'r0g003', ...(algorithm && { algorithm }) });
  const questions: [string, () => Promise<unknown>][] = [
    ['first page', page({})],
    ['page in the middle', page({ offset: 50_000 })],
    ['sorted by reward', page({ sort: 'reward', descending: true })],
    ['sorted by mean advantage, page in the middle', page({ sort: 'advantageMean', offset: 50_000 })],
    ['failures of one task type, of 10 turns and more', page({ success: false, taskType: 'heat', stepsFrom: 10 })],
    ['one task', page({ task: 'train/medium/000001' })],
    ['a text that many steps hold', page({ text: 'Drawer 1' })],
    ['a text of thoughts, in 50 iterations', page({ text: 'need heat', iterationFrom: 500, iterationTo: 549 })],
    ['a text that no step holds', page({ text: 'no such text' })],
    ['what the filters can be set to', () => data.facets('run')],
    ['a group with its credit and graph', group()],
    ['a group with the credit of another algorithm', group('gigpo')],
  ];
  for (const [what, ask] of questions) {
    const times: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
    }
    rows.push([what, `${median(times).toFixed(0)} ms (fastest ${Math.min(...times).toFixed(0)} ms)`]);
  }
  await database.close();
  return rows;
}

function sizeOf(folder: string): string {
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
