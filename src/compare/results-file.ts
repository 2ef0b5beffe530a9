import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ComparisonError, isTree, merged, type Tree, unique } from './comparison.ts';
import { type ComparisonRecord, withoutImpliedPanel } from './comparison-record.ts';
import type { ComparisonResults, FinishedCell, Panel } from './results.ts';
import { shareSettings } from './shared-settings.ts';

/**
 * What was found, as `results.json` holds it: to be read by programs, and by another comparison that then need not make these runs again.
 * Settings that all runs share stand there once, beside each run those of its own.
 *
 * @param facts sentences for a reader
 */
export function resultsJson(results: ComparisonResults, facts: readonly string[] = []): string {
  const { shared, own } = shareSettings(results.cells.map(({ settings }) => settings));
  const cells = results.cells.map(({ result, ...cell }, i) => ({
    ...cell,
    settings: own[i],
    result: { ...result, series: rounded(result.series) },
  }));
  return `${format({ facts, ...results, settings: shared, cells })}\n`;
}

/** Pictures alone are drawn of them; means are taken before. */
const SERIES_DIGITS = 6;

function rounded(series: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(series).map(([name, values]) => [name, values.map((v) => Number(v.toPrecision(SERIES_DIGITS)))]),
  );
}

/** JSON, indented, with lists of numbers on one line. */
function format(value: unknown, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value) && value.some((entry) => typeof entry !== 'number')) {
    return `[\n${value.map((entry) => `${deeper}${format(entry, deeper)}`).join(',\n')}\n${indent}]`;
  }
  if (!isTree(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, entry]) => `${deeper}${JSON.stringify(key)}: ${format(entry, deeper)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

const tree = z.record(z.string(), z.unknown());
// A metric that was no finite number is null in JSON.
const measured = z.union([z.number(), z.null().transform(() => Number.NaN)]);

const fileSchema = z.object({
  title: z.string(),
  threshold: z.number(),
  settings: tree,
  panels: z.array(z.object({ title: z.string(), variants: z.array(z.string()), baseline: z.string() })),
  cells: z.array(
    z.object({
      id: z.string().min(1),
      variant: z.string(),
      environment: z.string(),
      seed: z.number().int(),
      machine: z.string(),
      settings: tree,
      result: z.object({
        curve: z
          .array(
            z.object({
              iteration: z.number(),
              success: z.number(),
              length: z.number().optional(),
              samplings: z.number(),
            }),
          )
          .min(2),
        final: z.number(),
        area: z.number(),
        toThreshold: z.object({ iterations: z.number(), episodes: z.number(), tokens: z.number() }).nullable(),
        length: z.number(),
        budget: z.object({ iterations: z.number(), episodes: z.number(), tokens: z.number(), seconds: z.number() }),
        means: z.record(z.string(), z.number()),
        series: z.record(z.string(), z.array(measured)),
      }),
    }),
  ),
});

/** What a `results.json` holds. */
export interface ResultsFile {
  readonly record: ComparisonRecord;
  /** Held-out success whose reaching its runs were timed for. */
  readonly threshold: number;
  readonly cells: readonly FinishedCell[];
}

/**
 * Reads a `results.json`, or that in a folder.
 *
 * @returns undefined where there is no such file or folder
 * @throws ComparisonError where it is broken, or of a version that kept no settings in it
 */
export async function readResultsFile(path: string): Promise<ResultsFile | undefined> {
  const file = await stat(path).then(
    (found) => (found.isDirectory() ? join(path, 'results.json') : path),
    () => path,
  );
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ComparisonError(`${file}: it cannot be read (${message})`, { cause: error });
  }
  try {
    const { title, threshold, settings, panels, cells } = fileSchema.parse(JSON.parse(text));
    const whole = cells.map((cell) => ({ ...cell, settings: merged(settings, cell.settings) }));
    unique(
      'run',
      cells.map(({ id }) => id),
      cells.map(({ id }) => id),
    );
    const named = whole.map(({ id, variant, environment, seed }) => ({ id, variant, environment, seed }));
    const record = {
      title,
      threshold,
      panels: panelsOf(panels, new Set(cells.map(({ variant }) => variant))),
      cells: named,
    };
    return { record: withoutImpliedPanel(record), threshold, cells: whole };
  } catch (error) {
    if (error instanceof ComparisonError) {
      throw new ComparisonError(`${file}: ${error.message}`, { cause: error });
    }
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const why = issue === undefined ? (error as Error).message : `${issue.path.join('.')}: ${issue.message}`;
    throw new ComparisonError(
      `${file}: it is no results.json of a comparison, or of an earlier version (${why}). Write it again where its runs are, with turnwise compare --report-only --out FOLDER.`,
      { cause: error },
    );
  }
}

/** The panels as far as variants are there: of a comparison that was not finished some have no run. */
function panelsOf(panels: readonly Panel[], there: ReadonlySet<string>): ComparisonRecord['panels'] {
  return panels
    .map(({ title, variants, baseline }) => ({
      title,
      variants: variants.filter((variant) => there.has(variant)),
      ...(there.has(baseline) && { baseline }),
    }))
    .filter(({ variants }) => variants.length > 0);
}

/**
 * Settings that decide what a run finds, as they stand in files: where and by how many engines it was computed, and who was told, are
 * none, and of data the name alone, since each machine has it in another place.
 */
export function decidingSettings(config: object): Tree {
  const { engine: _, loggers: __, ...settings } = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  const { environment } = settings;
  if (!isTree(environment) || typeof environment['data'] !== 'string') return settings;
  return { ...settings, environment: { ...environment, data: basename(environment['data']) } };
}
