import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** The browser for tests: `CHROME_PATH`, or the first Chromium or Chrome on `PATH`; undefined where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env['CHROME_PATH'] ?? '', ...candidates].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path !== '';
    } catch {
      return false;
    }
  });
}

/** The document as it stands after its scripts have run, opened from a file. */
export async function openInBrowser(browser: string, page: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-page-'));
  try {
    const file = join(folder, 'page.html');
    writeFileSync(file, page);
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', ...quiet, profile];
    const { stdout } = await promisify(execFile)(browser, [...flags, '--dump-dom', pathToFileURL(file).href], {
      maxBuffer: 2 ** 26,
      timeout: 60_000,
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
