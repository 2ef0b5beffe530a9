import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ComparisonError, type Tree } from '../../compare/comparison.ts';
import type { ComparisonRecord } from '../../compare/comparison-record.ts';
import type { FinishedCell } from '../../compare/results.ts';
import { readResultsFile, resultsJson } from '../../compare/results-file.ts';
import { firstDifference } from '../../compare/shared-settings.ts';
import { replaceFile } from '../../runs/replace-file.ts';
import { cellFolder } from './cell-folder.ts';
import { settingsOf } from './cell-settings.ts';
import type { Cell } from './resolve-cells.ts';

/** A run that was made elsewhere. */
export interface IncludedCell extends FinishedCell {
  /** The file that tells of it. */
  readonly file: string;
  /** Held-out success whose reaching it was timed for. */
  readonly threshold: number;
}

/** Runs that were made elsewhere: what they found counts as if they had been made in the folder. */
export interface Included {
  /** By their ids. */
  readonly cells: ReadonlyMap<string, IncludedCell>;
  /** How the files named now show them. */
  readonly records: readonly ComparisonRecord[];
}

/** What a folder keeps of runs made elsewhere. */
const FILE = 'included.json';

/**
 * The runs of files named now, and those that earlier commands included in a folder where no file tells of them anew.
 *
 * @param files `results.json` of other comparisons, or their folders
 * @throws ComparisonError where a file is missing, broken, or the folder's own, or two say different things of one run
 */
export async function readIncluded(out: string, files: readonly string[]): Promise<Included> {
  const cells = new Map<string, IncludedCell>();
  const records: ComparisonRecord[] = [];
  for (const file of files) {
    if (isOwn(out, file)) {
      throw new ComparisonError(
        `--include ${file}: that is the folder of this comparison itself, whose runs are in it`,
      );
    }
    const found = await readResultsFile(file);
    if (found === undefined) {
      throw new ComparisonError(`--include ${file}: there is no such file, or no results.json in it`);
    }
    records.push(found.record);
    for (const cell of found.cells) {
      const before = cells.get(cell.id);
      if (before === undefined) cells.set(cell.id, { ...cell, file, threshold: found.threshold });
      else refuseOther(before, cell, file);
    }
  }
  const kept = join(out, FILE);
  const earlier = await readResultsFile(kept, 'Remove it, and name with --include anew what it was made of.');
  for (const cell of earlier?.cells ?? []) {
    if (!cells.has(cell.id)) cells.set(cell.id, { ...cell, file: kept, threshold: earlier!.threshold });
  }
  return { cells, records };
}

/** @throws ComparisonError where two files say different things of one run; the time that it took is none */
function refuseOther(before: IncludedCell, cell: FinishedCell, file: string): void {
  const told = ({ settings, result: { curve, final, area } }: FinishedCell): Tree => ({ settings, curve, final, area });
  const difference = firstDifference(told(before), told(cell));
  if (difference === undefined) return;
  throw new ComparisonError(`${file}: of ${cell.id} it says something else than ${before.file}: ${difference}`);
}

/** Whether a file is in the folder of the comparison, or is that. */
function isOwn(out: string, file: string): boolean {
  try {
    const own = realpathSync(out);
    return [own, join(own, 'results.json'), join(own, FILE)].includes(realpathSync(file));
  } catch {
    return false;
  }
}

/** What it found, without where that stands. */
export function finishedCell({ file: _, threshold: __, ...cell }: IncludedCell): FinishedCell {
  return cell;
}

/** Keeps them in the folder, so that later commands need not name the files again. @throws RunWriteError */
export async function keepIncluded(out: string, { cells }: Included): Promise<void> {
  const [first] = cells.values();
  if (first === undefined) return;
  // All are timed to one threshold, as was checked.
  const { threshold } = first;
  const own = [...cells.values()].map(finishedCell);
  const results = { title: 'Included', threshold, environments: [], panels: [], cells: own, missing: [] };
  await replaceFile(join(out, FILE), resultsJson(results));
}

/**
 * Refuses runs made elsewhere whose settings are not those asked for now, since they would not be comparable.
 *
 * @throws ComparisonError naming the run, the file and the first setting that differs
 */
export function checkIncluded(cells: readonly Cell[], { cells: included }: Included): void {
  for (const { id, config } of cells) {
    const found = included.get(id);
    if (found !== undefined) refuseOtherSettings(found, settingsOf(config));
  }
}

/** @param settings that the run has, or is to have. @throws ComparisonError */
export function refuseOtherSettings({ id, file, settings: before }: IncludedCell, settings: Tree): void {
  const difference = firstDifference(before, settings);
  if (difference === undefined) return;
  throw new ComparisonError(
    `${id} was run elsewhere with other settings: ${difference}. Leave ${file} out, or name another folder with --out.`,
  );
}

/** Refuses a threshold that included runs were not timed to. @throws ComparisonError */
export function checkThreshold(asked: number, { cells }: Included): void {
  for (const { id, file, threshold } of cells.values()) {
    if (threshold === asked) continue;
    throw new ComparisonError(
      `${file}: its runs, ${id} among them, are timed to a held-out success of ${threshold}, not ${asked}: give --threshold ${threshold}, or include a results.json that was written with turnwise compare --report-only --threshold ${asked} where they are`,
    );
  }
}

/** Whether a run has a folder, or was included. */
export function isThere(out: string, { cells }: Included, id: string): boolean {
  return cells.has(id) || existsSync(join(cellFolder(out, id), 'config.json'));
}
