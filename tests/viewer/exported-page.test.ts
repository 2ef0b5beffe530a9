import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunDatabase } from '../../src/database/index.ts';
import { findBrowser } from '../../src/reports/browser.test-support.ts';
import { RunFolder, readEpisodes, type StoredEpisode } from '../../src/runs/index.ts';
import { embedData, readPageFiles, singleFile, ViewerData } from '../../src/viewer/index.ts';
import {
  type BuiltPage,
  buildPage,
  launchBrowser,
  newPage,
  trainTinyRun,
  type WatchedPage,
} from './page.test-support.ts';
import { takeScreenshots } from './screenshots.test-support.ts';

const executable = findBrowser();
if (executable === undefined) console.log('Skipped the exported page: no Chromium was found (CHROME_PATH names one).');

/** What an episode may hold that was written by somebody who means harm. */
const HOSTILE = [
  '<script>document.title = "stolen"</script><img src=x onerror="document.title=1">',
  '\u001b[31mred\u001b[0m \u0000 \u202etxt.exe\u202c \u2066x\u2069 \u200b',
  '\ud800 half a pair, {{mustache}} </script><!--',
];
const LONG = 'x'.repeat(1_000_000);

describe.skipIf(executable === undefined)('the exported page', () => {
  let folder = '';
  let browser: Browser;
  let address = '';
  let built: BuiltPage;
  let opened: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnwise-page-'));
    const run = join(folder, 'runs', 'tiny');
    [built, browser] = await Promise.all([
      buildPage(join(folder, 'app')),
      launchBrowser(executable!),
      trainTinyRun(run),
    ]);
    await addHostileIteration(run);
    const file = join(folder, 'page.html');
    await writeFile(file, await exportRuns(join(folder, 'runs'), join(folder, 'app')));
    address = pathToFileURL(file).href;
    opened = await newPage(browser);
    page = opened.page;
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  const go = async (hash: string) => {
    await page.goto(`${address}#/runs`);
    await page.goto(`${address}${hash}`);
  };

  it('is three files, and the script can stand within a page', () => {
    expect(built.html.match(/<script /g)).toHaveLength(1);
    expect(built.html.match(/rel="stylesheet"/g)).toHaveLength(1);
    // What would end the element that holds it, or ask for something that is not there. Matches, not the whole script.
    expect(built.js.match(/<\/script|<!--|\bimport\(/gi)).toBeNull();
    expect(built.css.match(/@import|url\((?!data:)|<\/style/gi)).toBeNull();
    expect(built.html.match(/https?:\/\/(?!www\.w3\.org)/g)).toBeNull();
    expect(built.js.length).toBeLessThan(500_000);
  });

  it('leads from the runs to why a step has its credit, by clicks alone', async () => {
    await go('#/runs');
    await page.getByRole('link', { name: 'tiny' }).click();
    await page.getByRole('button', { name: 'Failures, the worst credit first' }).click();
    await page.locator('table.episodes a[data-open]').first().click();
    await expectText(page, 'h1', /Failed: .* after \d+ turns, reward/);
    await expectText(page, '.sentence', /^[−+]\d+\.\d\d: .{20,}\.$/);
    const worst = await page.locator('.jump', { hasText: 'Worst step' }).innerText();
    const turn = /turn (\d+)/.exec(worst)![1];
    await expectText(page, '.turn-detail h2', new RegExp(`^Turn ${turn} of`));
    // The task, and what became of the others.
    await expectText(page, '.beginning', /^At the start: You are in [\s\S]*Your task: /);
    await expectText(page, '.why', /(that did this here|did otherwise|no other episode)[^.]*\.$/i);
    // The terms add up to the credit.
    const numbers = await page.locator('.terms td.number').allInnerTexts();
    const values = numbers.map((text) => Number(text.replace('−', '-').replace('–', '0')));
    const sum = values.slice(0, -1).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(values.at(-1)!, 1);
    // Back leads to the list as it was.
    await page.goBack();
    expect(await page.getByRole('radio', { name: /Failure/ }).isChecked()).toBe(true);
    expect(page.url()).toContain('sort=advantageMin');
  });

  it('compares two algorithms and shows a bar by its terms', async () => {
    await go(`${await episodeHash(page, address)}?algorithm=gigpo&compare=grpo&terms=yes`);
    await expectText(page, '.algorithm-choice', /gigpo.*grpo/s);
    expect(await page.locator('.formula').count()).toBe(2);
    expect(await page.locator('.credit-bar.stacked').count()).toBeGreaterThan(2);
    await page.getByLabel('Credit by').selectOption('gae');
    await expectText(page, '.algorithm-choice', /gae gives no credit here\./);
  });

  it('stays with the turn at hand when another algorithm gives the credit', async () => {
    await go(await episodeHash(page, address));
    const turn = await page.locator('.turn-detail h2').innerText();
    for (const algorithm of ['grpo', 'hgpo', 'graphgpo']) {
      await page.getByLabel('Credit by').selectOption(algorithm);
      await expectText(page, '.shown-credit', new RegExp(`^${algorithm}`));
      expect(await page.locator('.turn-detail h2').innerText()).toBe(turn);
    }
  });

  it('shows one value of a state, in the graph as in the sentence', async () => {
    await go(await episodeHash(page, address));
    const value = await page
      .locator('.quantities tr', { hasText: /value – Mean of G/ })
      .first()
      .locator('td.number')
      .innerText();
    await page.getByRole('link', { name: 'in the graph' }).click();
    await expectText(page, '.inspector', /visits?; value V̄\(s\) by gagpo: /);
    const shown = /by gagpo: (\S+)/.exec(await page.locator('.inspector').innerText())![1];
    const number = (text: string) => Number(text.replace('−', '-'));
    expect(number(shown)).toBeCloseTo(number(value), 1);
    await page.getByLabel('Credit by').selectOption('gigpo');
    await expectText(page, '.inspector', /mean discounted return, without penalties: /);
    await expectText(page, '.graph-legend', /mean discounted return, without penalties/);
  });

  it('keeps the colour of a chosen arrow', async () => {
    await go(await groupHash(page, address));
    const colours = () =>
      page.evaluate('[...document.querySelectorAll(".edge-line")].map((e) => getComputedStyle(e).stroke).join("|")');
    await page.locator('svg.graph .edge').first().waitFor({ state: 'attached' });
    const before = await colours();
    await go(`${await groupHash(page, address)}?edge=0`);
    await page.locator('svg.graph .edge.chosen .halo').waitFor({ state: 'attached' });
    expect(await colours()).toBe(before);
  });

  it('says of a narrow window where a table goes on', async () => {
    const narrow = await newPage(browser, { viewport: { width: 800, height: 700 } });
    await narrow.page.goto(`${address}#/run/tiny/episodes`);
    const right = narrow.page.getByRole('button', { name: 'Columns to the right' });
    await right.waitFor();
    await narrow.page.locator('.episode-scroll.more-right').waitFor();
    await right.click();
    await narrow.page.locator('.episode-scroll.more-left').waitFor();
    await narrow.page.evaluate('document.querySelector(".episode-scroll").scrollLeft = 1e4');
    await narrow.page.locator('.episode-scroll.more-left:not(.more-right)').waitFor();
    expect(await right.isDisabled()).toBe(true);
    await narrow.page.goto(`${address}#/run/tiny/episodes?from=9&to=5`);
    await expectText(narrow.page, '.empty', /iterations from 9 to 5, which is none/);
    expect(narrow.errors).toEqual([]);
    await narrow.close();
  });

  it('opens with the group or the evaluation that was asked for', async () => {
    const hash = await groupHash(page, address);
    const [, iteration, group] = /train\/(\d+)\/(.+)$/.exec(hash)!;
    const runs = join(folder, 'runs');
    const write = async (name: string, wanted: Parameters<typeof embedData>[2]) => {
      const file = join(folder, name);
      await writeFile(file, await exportRuns(runs, join(folder, 'app'), wanted));
      return pathToFileURL(file).href;
    };
    await page.goto(await write('group.html', { iteration: Number(iteration), group: decodeURIComponent(group) }));
    await expectText(page, 'h1', /^Group /);
    expect(page.url().endsWith(hash)).toBe(true);
    await page.goto(await write('evaluation.html', { kind: 'held-out' }));
    await expectText(page, '.found', /^[1-9]\d* episodes?,/);
    await page.locator('table.episodes a[data-open]').first().click();
    await expectText(page, 'main', /There is no credit here/);
    expect(await page.locator('.jump:disabled, .strip, .algorithm-choice, .bar-cell').count()).toBe(0);
  });

  it('goes by keys: turns, worst step, help, from row to row', async () => {
    await go(`${await episodeHash(page, address)}?step=1`);
    await page.keyboard.press('j');
    await expectText(page, '.turn-detail h2', /^Turn 2 of/);
    await page.keyboard.press('k');
    await expectText(page, '.turn-detail h2', /^Turn 1 of/);
    await page.keyboard.press('?');
    expect(await page.locator('dialog.help').isVisible()).toBe(true);
    await expectText(page, 'dialog.help', /worst step/);
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    await expectText(page, '.turn-detail h2', /^Turn 1 of/);
    await page.getByRole('slider', { name: 'Turn', exact: true }).focus();
    await page.keyboard.press('End');
    const last = /of (\d+)/.exec(await page.locator('.turn-detail h2').innerText())![1];
    await expectText(page, '.turn-detail h2', new RegExp(`^Turn ${last} of`));

    await go('#/run/tiny/episodes');
    await page.locator('table.episodes a[data-open]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect.poll(() => page.evaluate('document.activeElement?.closest("tr")?.dataset.row')).toBe('1');
    await page.keyboard.press('Enter');
    await page.locator('.turn-list').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('u');
    await page.locator('svg.graph').waitFor();
    // The episode one came from is marked there.
    await expectText(page, '.marked', /^Marked: /);
  });

  it('draws the graph of a group, finds a state in it and shows what was done there', async () => {
    await go(await groupHash(page, address));
    const nodes = page.locator('svg.graph .node');
    expect(await nodes.count()).toBeGreaterThan(3);
    await page.locator('.group-episodes .mark').first().click();
    await page.locator('svg.graph .edge.walked').first().waitFor({ state: 'attached' });
    await page.getByLabel('Find states by their text').fill('you are');
    await page.locator('svg.graph .node.found').first().waitFor();
    // What is found is seen, on the marked way or beside it.
    const faded = `[...document.querySelectorAll('svg.graph .node.found, svg.graph .node-text.found')]
      .filter((one) => getComputedStyle(one).opacity !== '1').length`;
    expect(await page.evaluate(faded)).toBe(0);
    await page.getByLabel('Find states by their text').press('Enter');
    await expectText(page, '.inspector', /What the group did here/);
    await page.locator('svg.graph .node[tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    expect(page.url()).toMatch(/node=\d+/);
    await page.getByRole('button', { name: 'Fit' }).click();
  });

  it('exports a graph and a chart as pictures and numbers', async () => {
    await go(await groupHash(page, address));
    const svg = await saved(page, 'Save States of the group', 'Picture (SVG)');
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(svg).not.toMatch(/var\(--|color\(srgb|data-screen|class=/);
    const csv = await saved(page, 'Save States of the group', 'Numbers (CSV)');
    expect(csv.split('\r\n')[0]).toMatch(
      /^from,to,steps,mean credit,visits of from,from: value V.*\(s\) by gagpo,key of from,state from,state to$/,
    );
    await go('#/runs');
    const png = await saved(page, 'Save Training success', 'Picture (PNG)');
    expect(png.slice(1, 4)).toBe('PNG');
    const numbers = await saved(page, 'Save Training success', 'Numbers (CSV)');
    expect(numbers).toMatch(/^run,Iterations,value\r\ntiny,1,[\d.]+\r\ntiny,2,/);
    await page.getByRole('button', { name: 'Table' }).first().click();
    expect(await page.locator('.data-table tbody tr').count()).toBeGreaterThan(1);
  });

  it('shows hostile texts as texts', async () => {
    await go('#/run/tiny/episodes?from=3');
    await page.locator('table.episodes a[data-open]').first().click();
    await page.locator('.turn-list').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const text = await page.locator('main').innerText();
    expect(text).toContain('<script>document.title = "stolen"</script>');
    expect(text).toMatch(/␛\[31mred/);
    expect(text).toContain('⟨U+202E⟩txt.exe⟨U+202C⟩');
    // Half of a character is replaced where the file is read, which is told among its problems.
    expect(text).toContain('\ufffd half a pair');
    expect(text).toMatch(/\d+ problems? in a file of this run/);
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await page.title()).toMatch(/^Episode .* – Turnwise$/);
    // A line of a megabyte comes in parts.
    await page.locator('.turn-list a').nth(2).click();
    await expectText(page, '.turn-detail', /show (all|more) \(/);
    expect((await page.locator('main').innerText()).length).toBeLessThan(300_000);
    await page.keyboard.press('u');
    await page.locator('svg.graph').waitFor();
    await go('#/run/tiny/episodes?text=%3Cscript');
    await expectText(page, '.found', /^[1-9]\d* episodes?,/);
  });

  it('says what is missing instead of an empty page', async () => {
    await go('#/run/gone/episodes');
    await expectText(page, 'main', /There is no run "gone" here/);
    await go('#/nowhere/at/all');
    await expectText(page, 'main', /There is no view at/);
    await go('#/run/tiny/episodes?longest=0');
    await expectText(page, 'main', /No episode fits/);
    await go('#/run/tiny/episode/train/1/gone/gone');
    await expectText(page, 'main', /could not be loaded\./);
  });

  it('can be taken pictures of for the documents', async () => {
    const files = await takeScreenshots(browser, join(folder, 'runs'), join(folder, 'pictures'), join(folder, 'app'));
    expect(files.map((file) => basename(file))).toEqual(['viewer-runs.png', 'viewer-episode.png', 'viewer-group.png']);
    for (const [i, file] of files.entries()) {
      const picture = await readFile(file);
      // The header of a PNG: its name, then width and height after that of its first part.
      expect(picture.toString('latin1', 1, 4)).toBe('PNG');
      expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1280, [860, 860, 1160][i]]);
    }
  });

  it('has no serious fault of accessibility in any view, light and dark', async () => {
    const views = [
      '#/runs',
      '#/runs?by=experiment&smooth=0.6&x=tokens',
      '#/run/tiny/episodes',
      '#/run/tiny/episodes?from=3',
      '#/run/tiny/health',
      '#/run/tiny/configuration',
      `${await groupHash(page, address)}?node=1`,
      `${await episodeHash(page, address)}?terms=yes&compare=grpo`,
    ];
    for (const colorScheme of ['light', 'dark'] as const) {
      // The policy of the page lets in no script but its own.
      const watched = await newPage(browser, { colorScheme, bypassCSP: true });
      for (const view of views) {
        await watched.page.goto(`${address}${view}`);
        await watched.page.locator('main h1').waitFor({ state: 'attached' });
        await watched.page.addScriptTag({ content: axe.source });
        const { violations } = (await watched.page.evaluate(
          'axe.run(document, { resultTypes: ["violations"] })',
        )) as axe.AxeResults;
        const faults = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const told = faults.map(({ id, nodes }) => `${colorScheme} ${view}: ${id} ${nodes[0].html.slice(0, 200)}`);
        expect(told).toEqual([]);
      }
      await watched.close();
    }
  });

  it('switches its colours, and prints without its buttons', async () => {
    await go('#/runs');
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
    const light = await paper();
    await page.getByRole('button', { name: /^Colours: system/ }).click();
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    expect(await paper()).not.toBe(light);
    await page.reload();
    expect(await paper()).not.toBe(light);
    await page.getByRole('button', { name: /^Colours: dark/ }).click();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: /Metrics/ }).isVisible()).toBe(false);
    expect(await page.locator('table.runs').isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen' });
    // A graph that is moved and zoomed on the screen is whole on paper.
    await go(await groupHash(page, address));
    const svg = page.locator('svg.graph');
    await page.locator('svg.graph .node').first().waitFor();
    for (let k = 0; k < 6; k++) await page.getByRole('button', { name: 'Zoom in' }).click();
    const inside = `(() => {
      const frame = document.querySelector('svg.graph').getBoundingClientRect();
      return [...document.querySelectorAll('svg.graph .disc')].every((disc) => {
        const { left, right, top, bottom } = disc.getBoundingClientRect();
        return left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom;
      });
    })()`;
    expect(await page.evaluate(inside)).toBe(false);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => page.evaluate(inside)).toBe(true);
    expect(await svg.getAttribute('viewBox')).toBe(await svg.getAttribute('data-whole'));
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(() => page.evaluate(inside)).toBe(false);
    // And before the pages are counted: at once, when the browser says that it will print.
    const told = (event: string) =>
      page.evaluate(
        `dispatchEvent(new Event('${event}')); document.querySelector('svg.graph').hasAttribute('viewBox')`,
      );
    expect(await told('beforeprint')).toBe(true);
    expect(await told('afterprint')).toBe(false);
  });

  it('had no error that nobody caught', () => {
    expect(opened.errors).toEqual([]);
  });
});

async function expectText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  const element = page.locator(selector).first();
  await element.waitFor();
  await expect.poll(() => element.innerText(), { timeout: 5000 }).toMatch(pattern);
}

/** An episode whose steps differ in credit, and its group. */
async function episodeHash(page: Page, address: string): Promise<string> {
  await page.goto(`${address}#/run/tiny/episodes?to=2&kind=train&sort=advantageMin`);
  const href = await page.locator('table.episodes a[data-open]').first().getAttribute('href');
  return href!;
}

async function groupHash(page: Page, address: string): Promise<string> {
  const episode = await episodeHash(page, address);
  return episode.replace('/episode/', '/group/').replace(/\/[^/]*$/, '');
}

/** What a menu saves. */
async function saved(page: Page, menu: string, item: string): Promise<string> {
  await page.getByRole('button', { name: menu }).first().click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: item }).click(),
  ]);
  return readFile((await download.path())!, 'latin1');
}

/** A third iteration, written by nobody who means well: the episodes of the second with other texts. */
async function addHostileIteration(path: string): Promise<void> {
  const run = await RunFolder.open(path);
  const episodes: StoredEpisode[] = [];
  for await (const episode of readEpisodes(run.episodesFile(2))) episodes.push(episode);
  const groups = [...new Set(episodes.map(({ group }) => group))];
  const hostile = episodes.map((episode, e): StoredEpisode => {
    const steps = episode.steps.slice(0, 4).map((step, t) => ({
      ...step,
      observation: t === 2 ? LONG : `${HOSTILE[(e + t) % HOSTILE.length]} ${t}`,
      state: undefined,
      action: HOSTILE[t % HOSTILE.length],
      completion: HOSTILE[(t + 1) % HOSTILE.length],
      prompt: undefined,
      response: undefined,
      logprobs: undefined,
    }));
    const name = HOSTILE[groups.indexOf(episode.group) % 2];
    return { ...episode, id: `${name} ${e}`, group: `${name.slice(0, 20)} ${episode.group}`, advantages: [], steps };
  });
  // The long line in the first episode of each group only.
  const kept = hostile.map((episode, e) =>
    hostile.findIndex(({ group }) => group === episode.group) === e
      ? episode
      : { ...episode, steps: episode.steps.filter(({ observation }) => observation !== LONG) },
  );
  await run.writeEpisodes(3, kept);
  await run.close();
}

/** The runs of a folder as one file, as `turnwise export` makes it. */
async function exportRuns(runs: string, page: string, wanted: Parameters<typeof embedData>[2] = {}): Promise<string> {
  const database = await RunDatabase.open([runs]);
  try {
    await database.readEpisodes();
    const origin = { turnwise: '0', createdAt: '2026-01-02T03:04:05.000Z' };
    const data = await embedData(database, new ViewerData(database), wanted, origin);
    return singleFile(await readPageFiles(page), data);
  } finally {
    await database.close();
  }
}
