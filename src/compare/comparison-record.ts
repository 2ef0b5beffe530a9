import { join } from 'node:path';
import { z } from 'zod';
import { readChecked } from './checked-file.ts';
import { type Comparison, ComparisonError, sameFolder, unique } from './comparison.ts';

const cellSchema = z.object({
  /** Its folder under `runs/`. */
  id: z.string().min(1),
  variant: z.string(),
  environment: z.string(),
  seed: z.number().int(),
  /** That it was asked to have. */
  iterations: z.number().int().optional(),
});

const recordSchema = z.object({
  title: z.string().optional(),
  threshold: z.number().optional(),
  baseline: z.string().optional(),
  panels: z
    .array(z.object({ title: z.string(), variants: z.array(z.string()), baseline: z.string().optional() }))
    .default([]),
  cells: z.array(cellSchema),
});

/** A run that belongs to the comparison in a folder. */
export type CellRecord = Readonly<z.infer<typeof cellSchema>>;

/** What `comparison.json` says of a comparison: its runs, of every command so far, and how they are shown. What a run is stands in its own `config.json`. */
export type ComparisonRecord = Readonly<z.infer<typeof recordSchema>>;

/** What one command alone compares. */
export function recordOf(
  { title, threshold, baseline, panels }: Comparison,
  cells: readonly CellRecord[],
): ComparisonRecord {
  return {
    ...(title !== undefined && { title }),
    ...(threshold !== undefined && { threshold }),
    ...(baseline !== undefined && { baseline }),
    panels,
    cells: cells.map(({ id, variant, environment, seed, iterations }) => ({
      id,
      variant,
      environment,
      seed,
      iterations,
    })),
  };
}

/**
 * The record in the folder of a comparison.
 *
 * @returns undefined where there is none
 * @throws ComparisonError where it is broken
 */
export async function readRecord(folder: string): Promise<ComparisonRecord | undefined> {
  const record = await readChecked(join(folder, 'comparison.json'), recordSchema, {
    not: 'no comparison',
    advice: 'Mend it, or remove it to have the next comparison in this folder write it anew.',
  });
  return record && withoutImpliedPanel(record);
}

/** A single panel of all variants under the comparison's own title is what is shown where no panels are asked for. */
export function withoutImpliedPanel(record: ComparisonRecord): ComparisonRecord {
  const [panel, ...others] = record.panels;
  const implied =
    panel !== undefined &&
    others.length === 0 &&
    panel.title === record.title &&
    record.cells.every(({ variant }) => panel.variants.includes(variant));
  return implied ? { ...record, baseline: record.baseline ?? panel.baseline, panels: [] } : record;
}

/**
 * The record of a folder after one more command: what it had, and what is compared now. Earlier runs stay where they have begun, and with
 * them the other runs of a variant that is not defined now; how things are shown is said by the later command, and by the earlier
 * one for what the later does not speak of.
 *
 * @param begun whether a run has a folder
 * @throws ComparisonError where a name of now has the folder of another one of before, or baseline or panels name what is in neither
 */
export function extendRecord(
  before: ComparisonRecord | undefined,
  now: ComparisonRecord,
  begun: (id: string) => boolean,
): ComparisonRecord {
  checkPanels(now, before?.cells);
  if (before === undefined) return now;
  const own = new Set(now.cells.map(({ id }) => id));
  const variants = new Set(now.cells.map(({ variant }) => variant));
  const begunVariants = new Set(before.cells.filter(({ id }) => begun(id)).map(({ variant }) => variant));
  const kept = before.cells.filter(
    ({ id, variant }) => !own.has(id) && (begun(id) || (!variants.has(variant) && begunVariants.has(variant))),
  );
  refuseSharedFolders('variant', before.cells, now.cells);
  refuseSharedFolders('environment', before.cells, now.cells);
  const together = [...now.cells, ...kept];
  // Where all that was there is defined anew, so is how it is shown.
  if (kept.every(({ variant }) => variants.has(variant))) return { ...now, cells: together };
  // Else what was there first stays first, and with it the baseline that nobody has named.
  const names = new Set([...before.cells, ...together].map(({ variant }) => variant));
  const cells = [...names].flatMap((name) => together.filter(({ variant }) => variant === name));
  const titles = new Set(now.panels.map(({ title }) => title));
  const older = before.panels
    .map((panel) => ({ ...panel, variants: panel.variants.filter((name) => names.has(name)) }))
    .filter(({ title, variants: own }) => !titles.has(title) && own.some((name) => !variants.has(name)));
  const { title = before.title, threshold = before.threshold, baseline = before.baseline } = now;
  return { title, threshold, baseline, panels: [...older, ...now.panels], cells };
}

function refuseSharedFolders(
  what: 'variant' | 'environment',
  before: readonly CellRecord[],
  now: readonly CellRecord[],
): void {
  const names = new Map(before.map((cell) => [sameFolder(cell[what]), cell[what]]));
  for (const cell of now) {
    const there = names.get(sameFolder(cell[what]));
    if (there !== undefined && there !== cell[what]) {
      throw new ComparisonError(
        `${what} "${cell[what]}" would have the folder of "${there}", which was compared here before; give it another name, or name another folder with --out`,
      );
    }
  }
}

/**
 * What baseline and panels name must be there.
 *
 * @param others runs that may be meant beside those of the record
 * @throws ComparisonError
 */
export function checkPanels({ baseline, panels, cells }: ComparisonRecord, others: readonly CellRecord[] = []): void {
  const names = [...new Set([...cells, ...others].map(({ variant }) => variant))];
  if (baseline !== undefined && !names.includes(baseline)) {
    throw new ComparisonError(`baseline "${baseline}" is none of the variants: ${names.join(', ')}`);
  }
  for (const { title, variants, baseline: first = variants[0] } of panels) {
    const strange = [...variants, first].find((name) => !names.includes(name));
    if (strange !== undefined) {
      throw new ComparisonError(
        `panel "${title}" names "${strange}", which is none of the variants: ${names.join(', ')}`,
      );
    }
  }
  const titles = panels.map(({ title }) => title);
  unique('panel', titles, titles);
}
