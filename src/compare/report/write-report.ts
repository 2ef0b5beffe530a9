import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pictureFile } from '../../reports/index.ts';
import { replaceFile } from '../../runs/replace-file.ts';
import type { ComparisonResults } from '../results.ts';
import { resultsJson } from '../results-file.ts';
import { csvReport } from './csv.ts';
import { figures } from './figures.ts';
import { markdownReport } from './markdown.ts';
import { pageReport } from './page.ts';

/**
 * Writes `report.html`, `report.md`, `results.json`, `results.csv` and `figures/*.svg`, each all or nothing.
 *
 * @param facts sentences that a reader needs to judge the numbers: versions, machine, settings that all runs share
 * @throws RunWriteError
 */
export async function writeComparison(
  folder: string,
  results: ComparisonResults,
  facts: readonly string[],
): Promise<void> {
  const pictures = figures(results);
  const place = join(folder, 'figures');
  await mkdir(place, { recursive: true });
  for (const { name, svg } of pictures) await replaceFile(join(place, `${name}.svg`), pictureFile(svg));
  const current = new Set(pictures.map(({ name }) => `${name}.svg`));
  // Of an earlier report with other panels.
  for (const name of await readdir(place)) if (name.endsWith('.svg') && !current.has(name)) await rm(join(place, name));
  await replaceFile(join(folder, 'results.json'), resultsJson(results, facts));
  await replaceFile(join(folder, 'results.csv'), csvReport(results.cells));
  await replaceFile(join(folder, 'report.md'), markdownReport(results, pictures, facts));
  await replaceFile(join(folder, 'report.html'), pageReport(results, pictures, facts));
}
