/**
 * Takes the pictures of the viewer for the documents, of real runs:
 *
 *     npx tsx tests/viewer/take-screenshots.ts RUNS OUT
 *
 * RUNS is a folder with run folders, OUT the folder for the pictures. Of the runs the first with stored tokens and with an
 * episode that failed in a group where another did not is looked into. The page must be built.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunDatabase } from '../../src/database/index.ts';
import { findBrowser } from '../../src/reports/browser.test-support.ts';
import { type EpisodeRow, type RunSummary, readPageFiles, startViewer, ViewerData } from '../../src/viewer/index.ts';
import { launchBrowser } from './page.test-support.ts';

const [folder, out] = process.argv.slice(2);
const executable = findBrowser();
if (folder === undefined || out === undefined || executable === undefined) {
  console.error(
    'Usage: npx tsx tests/viewer/take-screenshots.ts RUNS OUT, with Chromium on the PATH or in CHROME_PATH',
  );
  process.exit(1);
}

const database = await RunDatabase.open([folder]);
await database.readEpisodes();
const data = new ViewerData(database);
const viewer = await startViewer(database, { page: await readPageFiles(), port: 0, onError: console.error });
const browser = await launchBrowser(executable);
await mkdir(out, { recursive: true });
try {
  const { run, row } = await findEpisode();
  const place = [row.kind, row.iteration, row.group].map(encodeURIComponent).join('/');
  const id = encodeURIComponent(run.id);
  const views: readonly (readonly [name: string, colours: 'light' | 'dark', hash: string])[] = [
    ['runs', 'light', '#/runs?by=experiment&smooth=0.5'],
    ['episode', 'light', `#/run/${id}/episode/${place}/${encodeURIComponent(row.id)}`],
    ['group', 'dark', `#/run/${id}/group/${place}?episode=${encodeURIComponent(row.id)}`],
  ];
  for (const [name, colorScheme, hash] of views) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme, bypassCSP: true });
    await page.goto(viewer.url);
    await page.locator('.brand').waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    // A machine without a screen has few types; this one is nearest to those of others.
    await page.addStyleTag({ content: ':root { --sans: "Liberation Sans", sans-serif; }' });
    await page.locator('main h1').waitFor();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(out, `viewer-${name}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  await viewer.close();
  await database.close();
}

/** The failed episode with the worst credit that lies in a group where another succeeded. */
async function findEpisode(): Promise<{ run: RunSummary; row: EpisodeRow }> {
  for (const run of await data.runs()) {
    const query = { run: run.id, kind: 'train', offset: 0, limit: 500 } as const;
    const worst = await data.episodes({ ...query, success: false, sort: 'advantageMin', descending: false });
    for (const row of worst.rows) {
      if (row.tokens === null) break;
      const others = await data.episodes({ ...query, group: row.group, sort: 'order', descending: false });
      const group = others.rows.filter(({ iteration }) => iteration === row.iteration);
      if (group.some(({ success }) => success)) return { run, row };
    }
  }
  throw new Error(`No run in ${folder} has stored tokens and a group in which some episodes failed.`);
}
