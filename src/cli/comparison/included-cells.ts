import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ComparisonError, type Tree } from '../../compare/comparison.ts';
import type { ComparisonRecord } from '../../compare/comparison-record.ts';
import type { FinishedCell } from '../../compare/results.ts';
import { decidingSettings, readResultsFile, resultsJson } from '../../compare/results-file.ts';
import { firstDifference } from '../../compare/shared-settings.ts';
import { replaceFile } from '../../runs/replace-file.ts';
import { cellFolder } from './cell-folder.ts';
import type { Cell } from './resolve-cells.ts';

/** Runs that were made elsewhere, by their ids: what they found counts as if they had been made in the folder. */
export interface Included {
  readonly cells: ReadonlyMap<string, FinishedCell>;
  /** How the files named now show them. */
  readonly records: readonly ComparisonRecord[];
  /** Held-out success whose reaching they were timed for; undefined where there are none. */
  readonly threshold: number | undefined;
}

/** What a folder keeps of runs made elsewhere. */
const FILE = 'included.json';

/**
 * The runs that earlier commands included in a folder, and those of files named now.
 *
 * @param files `results.json` of other comparisons, or their folders
 * @throws ComparisonError where a file is missing or broken, or two say different things of one run
 */
export async function readIncluded(out: string, files: readonly string[]): Promise<Included> {
  const cells = new Map<string, FinishedCell>();
  const records: ComparisonRecord[] = [];
  const from = new Map<string, string>();
  let threshold: number | undefined;
  for (const file of [join(out, FILE), ...files]) {
    const found = await readResultsFile(file);
    if (found === undefined) {
      if (file === join(out, FILE)) continue;
      throw new ComparisonError(`--include ${file}: there is no such file, or no results.json in it`);
    }
    if (threshold !== undefined && found.threshold !== threshold) {
      throw new ComparisonError(
        `${file}: its runs are timed to a held-out success of ${found.threshold}, others that are included to ${threshold}; write it again where its runs are, with turnwise compare --report-only --threshold ${threshold}`,
      );
    }
    threshold = found.threshold;
    // What was included before is in the folder's own record.
    if (file !== join(out, FILE)) records.push(found.record);
    for (const cell of found.cells) {
      const before = cells.get(cell.id);
      const difference = before && firstDifference(before.settings, cell.settings);
      if (difference !== undefined) {
        throw new ComparisonError(
          `${file}: ${cell.id} has other settings there than in ${from.get(cell.id)}: ${difference}`,
        );
      }
      if (before !== undefined) continue;
      cells.set(cell.id, cell);
      from.set(cell.id, file);
    }
  }
  return { cells, records, threshold };
}

/** Keeps them in the folder, so that later commands need not name the files again. @throws RunWriteError */
export async function keepIncluded(out: string, { cells, threshold }: Included): Promise<void> {
  if (threshold === undefined) return;
  const results = {
    title: 'Included',
    threshold,
    environments: [],
    panels: [],
    cells: [...cells.values()],
    missing: [],
  };
  await replaceFile(join(out, FILE), resultsJson(results));
}

/**
 * Refuses runs made elsewhere whose settings are not those asked for now, since they would not be comparable. Where a warm start is made
 * for a comparison it is decided by its settings.
 *
 * @throws ComparisonError naming the run and the first setting that differs
 */
export function checkIncluded(cells: readonly Cell[], { cells: included }: Included): void {
  for (const { id, config } of cells) {
    const before = included.get(id)?.settings;
    const difference =
      before && firstDifference(before, JSON.parse(JSON.stringify(decidingSettings(config as unknown as Tree))));
    if (difference !== undefined) {
      throw new ComparisonError(
        `${id} was run elsewhere with other settings: ${difference}. Leave its results.json out of --include, or name another folder with --out.`,
      );
    }
  }
}

/** Refuses a threshold that included runs were not timed to. @throws ComparisonError */
export function checkThreshold(asked: number, { threshold }: Included): void {
  if (threshold === undefined || threshold === asked) return;
  throw new ComparisonError(
    `the included runs are timed to a held-out success of ${threshold}, not ${asked}: give --threshold ${threshold}, or write their results.json again where they are, with turnwise compare --report-only --threshold ${asked}`,
  );
}

/** Whether a run has a folder, or was included. */
export function isThere(out: string, { cells }: Included, id: string): boolean {
  return cells.has(id) || existsSync(join(cellFolder(out, id), 'config.json'));
}
