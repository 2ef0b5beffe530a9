/**
 * Takes the pictures of the viewer for the documents:
 *
 *     npx tsx tests/viewer/take-screenshots.ts RUNS OUT
 *
 * RUNS is a folder with run folders, OUT the folder for the pictures. The page must be built.
 */
import { findBrowser } from '../../src/reports/browser.test-support.ts';
import { launchBrowser } from './page.test-support.ts';
import { takeScreenshots } from './screenshots.test-support.ts';

const [runs, out] = process.argv.slice(2);
const executable = findBrowser();
if (runs === undefined || out === undefined || executable === undefined) {
  console.error(
    'Usage: npx tsx tests/viewer/take-screenshots.ts RUNS OUT, with Chromium on the PATH or in CHROME_PATH',
  );
  process.exit(1);
}
const browser = await launchBrowser(executable);
try {
  for (const file of await takeScreenshots(browser, runs, out)) console.log(file);
} finally {
  await browser.close();
}
