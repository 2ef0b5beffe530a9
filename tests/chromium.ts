import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** A Chromium of this machine: `CHROME_PATH`, or one on the path; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const own = process.env['CHROME_PATH'];
  return [...(own === undefined ? [] : [own]), ...places].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a headless Chromium prints with these arguments, in a profile of its own. */
export async function chromium(executable: string, args: readonly string[]): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), 'turnwise-chromium-'));
  try {
    const { stdout } = await promisify(execFile)(
      executable,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${profile}`,
        ...args,
      ],
      { maxBuffer: 1 << 28, timeout: 60_000 },
    );
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The document as it is once its scripts have run. */
export function dumpDom(executable: string, url: string): Promise<string> {
  return chromium(executable, ['--virtual-time-budget=10000', '--dump-dom', url]);
}
