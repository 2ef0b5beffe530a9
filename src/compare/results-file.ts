import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readChecked } from './checked-file.ts';
import { ComparisonError, isTree, merged } from './comparison.ts';
import { type ComparisonRecord, withoutImpliedPanel } from './comparison-record.ts';
import { decidingSettings } from './deciding-settings.ts';
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
 * @param advice what to do where it is broken
 * @returns undefined where there is no such file or folder
 * @throws ComparisonError where it is broken, or of a version that kept no settings in it
 */
export async function readResultsFile(
  path: string,
  advice = 'Write it again where its runs are, with turnwise compare --report-only --out FOLDER.',
): Promise<ResultsFile | undefined> {
  const file = await stat(path).then(
    (found) => (found.isDirectory() ? join(path, 'results.json') : path),
    () => path,
  );
  const found = await readChecked(file, fileSchema, {
    not: 'no results.json of a comparison, or of an earlier version',
    advice,
  });
  if (found === undefined) return undefined;
  const { title, threshold, settings, panels } = found;
  const cells = found.cells.map((cell) => ({ ...cell, settings: decidingSettings(merged(settings, cell.settings)) }));
  const twice = cells.find(({ id }, i) => cells.findIndex((cell) => cell.id === id) < i);
  if (twice !== undefined) throw new ComparisonError(`${file}: the run ${twice.id} stands in it twice; leave one out`);
  const record = {
    title,
    threshold,
    panels: panelsOf(panels, new Set(cells.map(({ variant }) => variant))),
    cells: cells.map(({ id, variant, environment, seed }) => ({ id, variant, environment, seed })),
  };
  return { record: withoutImpliedPanel(record), threshold, cells };
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
