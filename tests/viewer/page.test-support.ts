import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The page as it is built, into a folder of the test: what an older build left is not what is tested. */
export async function buildPage(folder: string): Promise<BuiltPage> {
  const vite = fileURLToPath(import.meta.resolve('vite/package.json')).replace(/package\.json$/, 'bin/vite.js');
  await run([vite, 'build', 'src/viewer/app', '--outDir', folder, '--logLevel', 'error']);
  const [html, js, css] = await Promise.all(
    ['index.html', 'app.js', 'app.css'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { html, js, css };
}

export interface BuiltPage {
  readonly html: string;
  readonly js: string;
  readonly css: string;
}

/** A real run of two iterations by the model that comes along; some seconds. */
export async function trainTinyRun(folder: string): Promise<void> {
  const settings = [
    'iterations=2',
    'rollout.tasks=3',
    'rollout.groupSize=4',
    'environment.maxSteps=12',
    'evaluation.tasks=4',
    'evaluation.every=0',
    'engine.replicas=1',
    'engine.threads=1',
  ];
  const main = join(root, 'src/cli/main.ts');
  await run(['--import', 'tsx', main, 'train', '-o', folder, ...settings.flatMap((setting) => ['--set', setting])]);
}

/** Runs Node at the root of the project. */
async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${args.join(' ')} failed: ${errors}`);
}

/** Chromium without a window and without asking anybody for anything. */
export async function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet] });
}

/** A page of its own that fails the test at the first error that nobody caught. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // The page has an icon of its own; what leads to it has none.
    if (message.type() !== 'error' || message.location().url.endsWith('/favicon.ico')) return;
    errors.push(`${message.location().url}: ${message.text()}`.slice(0, 300));
  });
  return { page, errors, close: () => context.close() };
}

export interface WatchedPage {
  readonly page: Page;
  readonly errors: readonly string[];
  readonly close: () => Promise<void>;
}
