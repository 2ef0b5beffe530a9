import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { RunDatabase } from '../../src/database/index.ts';
import { type EpisodeRow, type RunSummary, readPageFiles, startViewer, ViewerData } from '../../src/viewer/index.ts';

/**
 * Takes the pictures of the viewer for the documents, of real runs: all runs, the failed episode with the worst credit, and its group.
 *
 * @param runs folder with run folders, one of which has stored tokens
 * @param out folder of the pictures
 * @param page folder of the page that was built; default: the one of the package
 * @returns the pictures' files
 */
export async function takeScreenshots(browser: Browser, runs: string, out: string, page?: string): Promise<string[]> {
  const database = await RunDatabase.open([runs]);
  await database.readEpisodes();
  const viewer = await startViewer(database, { page: await readPageFiles(page), port: 0, onError: console.error });
  await mkdir(out, { recursive: true });
  const files: string[] = [];
  try {
    const { run, row } = await findEpisode(new ViewerData(database), runs);
    const place = [row.kind, row.iteration, row.group].map(encodeURIComponent).join('/');
    const id = encodeURIComponent(run.id);
    const views: readonly (readonly [name: string, colours: 'light' | 'dark', height: number, hash: string])[] = [
      ['runs', 'light', 860, '#/runs?by=experiment&smooth=0.5'],
      ['episode', 'light', 860, `#/run/${id}/episode/${place}/${encodeURIComponent(row.id)}`],
      ['group', 'dark', 1160, `#/run/${id}/group/${place}?episode=${encodeURIComponent(row.id)}`],
    ];
    for (const [name, colorScheme, height, hash] of views) {
      const view = await browser.newPage({ viewport: { width: 1280, height }, colorScheme, bypassCSP: true });
      await view.goto(viewer.url);
      await view.locator('.brand').waitFor();
      await view.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      // A machine without a screen has few types; this one is nearest to those of others.
      await view.addStyleTag({ content: ':root { --sans: "Liberation Sans", sans-serif; }' });
      await view.locator('main h1').waitFor();
      await view.waitForTimeout(1500);
      const file = join(out, `viewer-${name}.png`);
      await view.screenshot({ path: file });
      files.push(file);
      await view.close();
    }
  } finally {
    await viewer.close();
    await database.close();
  }
  return files;
}

/** The failed episode with the worst credit that lies in a group where another succeeded. */
async function findEpisode(data: ViewerData, folder: string): Promise<{ run: RunSummary; row: EpisodeRow }> {
  for (const run of await data.runs()) {
    const query = { run: run.id, kind: 'train', offset: 0, limit: 500 } as const;
    const worst = await data.episodes({ ...query, success: false, sort: 'advantageMin', descending: false });
    for (const row of worst.rows) {
      if (row.tokens === null) break;
      const { group, iteration } = row;
      const place = { group, iterationFrom: iteration, iterationTo: iteration };
      const others = await data.episodes({ ...query, ...place, success: true, sort: 'order', descending: false });
      if (others.total > 0) return { run, row };
    }
  }
  throw new Error(`No run in ${folder} has stored tokens and a group in which some episodes failed.`);
}
