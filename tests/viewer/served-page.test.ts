import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunDatabase } from '../../src/database/index.ts';
import { findBrowser } from '../../src/reports/browser.test-support.ts';
import { RunFolder, type StoredEpisode, writeStatus } from '../../src/runs/index.ts';
import { type RunningViewer, readPageFiles, startViewer } from '../../src/viewer/index.ts';
import { buildPage, launchBrowser, newPage, type WatchedPage } from './page.test-support.ts';

const executable = findBrowser();
if (executable === undefined) console.log('Skipped the served page: no Chromium was found (CHROME_PATH names one).');

const ORIGIN = { turnwise: '0.1.0', packages: {}, seed: 1, commandLine: ['train'] };
const CONFIG = {
  seed: 1,
  iterations: 4,
  environment: { name: 'corridor', options: {} },
  rollout: { tasks: 1, groupSize: 2 },
  credit: { algorithm: 'gagpo', options: {} },
};

/** Two walks along a corridor, one of which finds the door. */
function group(name: string, length = 2): StoredEpisode[] {
  return [true, false].map((success, e) => ({
    group: name,
    id: `${name}t${e}`,
    task: { id: 'corridor', type: 'walk', split: 'train' },
    success,
    truncated: !success,
    end: success ? 'success' : 'step-limit',
    advantages: Array.from({ length }, () => (success ? 1 : -1)),
    steps: Array.from({ length }, (_, t) => ({
      observation: `door ${t} of the corridor`,
      action: success ? 'go on' : 'turn back',
      completion: success ? 'go on' : 'turn back',
      reward: success && t === length - 1 ? 10 : 0,
      valid: true,
      stopped: true,
    })),
  }));
}

async function writeIteration(run: RunFolder, iteration: number, episodes: readonly StoredEpisode[]): Promise<void> {
  await run.writeEpisodes(iteration, episodes);
  await run.appendMetrics(iteration, { 'episode/success_rate': 0.5, 'timing_s/step': 1, 'perf/total_num_tokens': 10 });
}

describe.skipIf(executable === undefined)('the page with its server', () => {
  let folder = '';
  let browser: Browser;
  const toClose: (() => Promise<unknown>)[] = [];
  /** What the server did not expect while a test ran; what is cut off at its end is not among it. */
  let bugs: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnwise-served-'));
    [browser] = await Promise.all([launchBrowser(executable!), buildPage(join(folder, 'app'))]);
  });

  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close();
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  const serve = async (runs: string): Promise<RunningViewer> => {
    bugs = [];
    const database = await RunDatabase.open([runs], { detail: 'search' });
    const page = await readPageFiles(join(folder, 'app'));
    const viewer = await startViewer(database, { page, port: 0, onError: (error) => bugs.push(error) });
    toClose.push(
      () => database.close(),
      () => viewer.close(),
    );
    return viewer;
  };
  const open = async (address: string): Promise<WatchedPage> => {
    const watched = await newPage(browser);
    toClose.push(watched.close);
    await watched.page.goto(address);
    // The address with the key leads on to the one without.
    await watched.page.locator('.brand').waitFor();
    return watched;
  };
  const view = async (page: Page, hash: string) => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  };

  it('follows a run while it is written, in two windows at once', async () => {
    const runs = join(folder, 'live');
    const run = await RunFolder.create(join(runs, 'growing'), CONFIG, ORIGIN);
    toClose.push(() => run.close());
    await writeStatus(run.path, 'running');
    await writeIteration(run, 1, group('g0'));
    const { url } = await serve(runs);
    const one = await open(url);
    const two = await open(url);
    await text(one.page, 'table.runs tbody tr', /growing\s+●?\s*running[\s\S]*1\s*\/\s*4/);
    await text(one.page, '.connection', /live/);
    await two.page.getByRole('link', { name: 'growing' }).click();
    await text(two.page, '.found', /^2 episodes/);

    await writeIteration(run, 2, group('g1'));
    await text(one.page, 'table.runs tbody tr', /2\s*\/\s*4/);
    await text(two.page, '.found', /^4 episodes/);
    await text(two.page, '.run-head', /iteration 2 of 4/);

    await writeIteration(run, 3, group('g2'));
    await writeStatus(run.path, 'failed', 'the disk is full <b>now</b>');
    await text(two.page, '.found', /^6 episodes/);
    await text(two.page, '.run-head', /The run failed\. the disk is full <b>now<\/b>/);
    await text(one.page, 'table.runs tbody tr', /failed/);

    // A run that comes later comes by itself.
    const second = await RunFolder.create(join(runs, 'later'), CONFIG, ORIGIN);
    await writeIteration(second, 1, group('g0'));
    await second.close();
    await one.page.getByRole('link', { name: 'later' }).waitFor();
    expect([...one.errors, ...two.errors, ...bugs]).toEqual([]);
  });

  it('opens the view that is named behind the printed address, without the key', async () => {
    const runs = join(folder, 'named');
    const run = await RunFolder.create(join(runs, 'a'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0'));
    await run.close();
    const { url } = await serve(runs);
    const { page, errors } = await open(`${url}#/run/a/episodes?text=corridor`);
    await text(page, '.found', /^2 episodes,/);
    expect(page.url()).toBe(`${new URL(url).origin}/#/run/a/episodes?text=corridor`);
    expect([...errors, ...bugs]).toEqual([]);
  });

  it('asks anew when a page that was opened in the background is seen', async () => {
    const runs = join(folder, 'background');
    const run = await RunFolder.create(join(runs, 'a'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0'));
    await run.close();
    const { url } = await serve(runs);
    const { page, close, errors } = await newPage(browser);
    toClose.push(close);
    const show = (hidden: boolean) =>
      `Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
       document.dispatchEvent(new Event('visibilitychange'));`;
    await page.addInitScript(show(true));
    // A server that tells nothing of its own.
    await page.route('**/api/watch', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'retry: 100000\n\n' }),
    );
    await page.goto(url);
    await page.locator('table.runs').waitFor();
    const asked = page.waitForRequest(/\/api\/runs$/);
    await page.evaluate(show(false));
    await asked;
    expect([...errors, ...bugs]).toEqual([]);
  });

  it('says when the server is gone', async () => {
    const runs = join(folder, 'gone');
    const run = await RunFolder.create(join(runs, 'a'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0'));
    await run.close();
    const viewer = await serve(runs);
    const { page } = await open(viewer.url);
    await text(page, '.connection', /live/);
    await viewer.close();
    await text(page, '.connection', /not connected/);
    await view(page, '#/run/a/group/train/1/g0');
    await text(page, 'main', /The viewer does not answer\. Is the command that printed this address still running\?/);
  });

  it('says of a run that was stopped how it goes on', async () => {
    const runs = join(folder, 'to resume');
    const run = await RunFolder.create(join(runs, 'a'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0'));
    await writeStatus(run.path, 'interrupted');
    await run.close();
    const { url } = await serve(runs);
    const { page, errors } = await open(url);
    await view(page, '#/run/a/episodes');
    await text(page, '.resume', /turnwise train --resume '.*to resume\/a'$/);
    expect([...errors, ...bugs]).toEqual([]);
  });

  it('shows of a marked episode the worst step, however tall the graph', async () => {
    const runs = join(folder, 'tall');
    const run = await RunFolder.create(join(runs, 'a'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0', 60));
    await run.close();
    const { url } = await serve(runs);
    const { page, errors } = await open(url);
    await view(page, '#/run/a/group/train/1/g0');
    await page.locator('svg.graph .node').first().waitFor();
    const isSeen = (turn: number) =>
      page.evaluate(`(() => {
        const frame = document.querySelector('svg.graph').getBoundingClientRect();
        const disc = document.querySelector('svg.graph [data-node="${turn - 1}"] .disc').getBoundingClientRect();
        return disc.top >= frame.top && disc.bottom <= frame.bottom;
      })()`);
    expect(await isSeen(1)).toBe(true);
    await page.locator('svg.graph [data-node="0"]').click();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await text(page, '.marked', /^Marked: g0t1; .*Its worst step: turn \d+ −\d/);
    const worst = Number(/turn (\d+) −/.exec(await page.locator('.marked').innerText())![1]);
    expect(worst).toBeGreaterThan(40);
    await expect.poll(() => isSeen(worst)).toBe(true);
    expect(await isSeen(1)).toBe(false);
    // Another height of the window begins another first look.
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect.poll(() => isSeen(worst)).toBe(true);
    await page.setViewportSize({ width: 1280, height: 640 });
    await expect.poll(() => page.evaluate('document.querySelector("svg.graph").clientHeight')).toBeLessThan(400);
    await expect.poll(() => isSeen(worst)).toBe(true);
    await page.locator('.marked a').click();
    await text(page, '.turn-detail h2', new RegExp(`^Turn ${worst} of 60`));
    expect([...errors, ...bugs]).toEqual([]);
  });

  it('scrolls through a hundred thousand episodes', async () => {
    const runs = join(folder, 'large');
    const run = await RunFolder.create(join(runs, 'large'), CONFIG, ORIGIN);
    for (let iteration = 1; iteration <= 50; iteration++) {
      const episodes = Array.from({ length: 1000 }, (_, g) => group(`i${iteration}g${g}`, 1)).flat();
      await writeIteration(run, iteration, episodes);
    }
    await run.close();
    const { url } = await serve(runs);
    const { page, errors } = await open(url);
    await view(page, '#/run/large/episodes');
    await text(page, '.found', /^100,000 episodes/, 90_000);
    const scroll = (share: number) =>
      page.evaluate(
        `{ const e = document.querySelector('.episode-scroll'); e.scrollTop = ${share} * e.scrollHeight; }`,
      );
    expect(await page.locator('table.episodes tr').count()).toBeLessThan(120);
    await scroll(1);
    await page.getByRole('link', { name: 'i50g999t1', exact: true }).waitFor();
    await scroll(0.5);
    await page
      .getByRole('link', { name: /^i2[56]g\d+t[01]$/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Iteration/ }).click();
    await page.getByRole('button', { name: /^Iteration/ }).click();
    await page.getByRole('link', { name: 'i50g0t0', exact: true }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect.poll(() => page.evaluate('document.activeElement?.closest("tr")?.dataset.row')).toBe('1');
    await page.keyboard.press('Enter');
    await text(page, 'h1', /(Succeeded|Failed).* after 1 turn,/);
    expect([...errors, ...bugs]).toEqual([]);
  });

  it('shows what of a run can be read where files are broken, and where', async () => {
    const runs = join(folder, 'broken');
    const run = await RunFolder.create(join(runs, '"><img src=x onerror=alert(1)>'), CONFIG, ORIGIN);
    await writeIteration(run, 1, group('g0'));
    await writeFile(run.episodesFile(2), 'this is no gzip');
    await appendFile(run.metricsFile, '{"iteration": 2, "episode/success_rate": "<b>high</b>"}\n{"iteration": 3,');
    await run.close();
    await mkdir(join(runs, 'empty'), { recursive: true });
    await mkdir(join(runs, 'bad'), { recursive: true });
    await writeFile(join(runs, 'bad', 'config.json'), '{"seed": ');
    await writeFile(join(runs, 'bad', 'metrics.jsonl'), '');
    const { url } = await serve(runs);
    const { page, errors } = await open(url);
    const name = page.getByRole('link', { name: '"><img src=x onerror=alert(1)>' });
    await name.waitFor();
    await page.getByRole('link', { name: 'bad', exact: true }).waitFor();
    expect(await page.locator('.problem-mark').count()).toBe(2);
    await name.click();
    await text(page, '.problems', /episodes\/000002\.jsonl\.gz/);
    await text(page, '.problems', /metrics\.jsonl:2/);
    await text(page, '.found', /^2 episodes/);
    expect(await page.locator('main img').count()).toBe(0);
    await page.locator('table.episodes a[data-open]').first().click();
    await text(page, 'h1', /Succeeded after 2 turns/);
    await view(page, '#/run/bad/episodes');
    await text(page, '.problems', /config\.json/);
    expect([...errors, ...bugs]).toEqual([]);
  });
});

async function text(page: Page, selector: string, pattern: RegExp, timeout = 15_000): Promise<void> {
  const element = page.locator(selector).first();
  await element.waitFor();
  await expect.poll(async () => (await element.innerText()).trim(), { timeout, interval: 100 }).toMatch(pattern);
}
