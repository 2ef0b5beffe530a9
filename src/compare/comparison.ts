import { z } from 'zod';
import { folderName } from './folder-name.ts';

const NO_SHARE = 'it must be a share between 0 and 1, for example 0.8 and not 80';

/**
 * What is compared, as a person writes it: variants × environments × seeds. Every combination is a run, called a cell.
 */
export const comparisonSchema = z.strictObject({
  title: z.string().min(1).optional().describe('Heading of the report; default: Comparison.'),
  base: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Configuration of every cell, keys as for train: iterations, rollout, …; evaluation.seeds is 3 where it is not said.',
    ),
  algorithms: z
    .array(z.string())
    .default([])
    .describe('Credit algorithms, each with the settings that train gives it: a short way to write variants.'),
  variants: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe('What tables and plots call it; unique.'),
        config: z.record(z.string(), z.unknown()).default({}).describe('What it has of its own, over `base`.'),
      }),
    )
    .default([])
    .describe('Whole configurations to compare.'),
  environments: z
    .array(z.union([z.string(), z.looseObject({ name: z.string(), label: z.string().optional() })]))
    .default([])
    .describe('Names, or records as `environment` of train (with a `label` to tell two of one name apart).'),
  seeds: z
    .union([z.number().int().positive(), z.array(z.number().int().nonnegative()).nonempty()])
    .default(5)
    .describe('How many seeds, from 1; or a list of them.'),
  baseline: z.string().optional().describe('Variant that the others are compared with; default: the first.'),
  panels: z
    .array(
      z.strictObject({
        title: z.string(),
        variants: z.array(z.string()).nonempty(),
        baseline: z.string().optional(),
      }),
    )
    .default([])
    .describe('Variants that share a table and a picture, each with its own baseline; default: all in one.'),
  threshold: z
    .number(NO_SHARE)
    .min(0, NO_SHARE)
    .max(1, NO_SHARE)
    .optional()
    .describe('Held-out success whose reaching is timed, a share between 0 and 1; default: 0.8.'),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonInput = z.input<typeof comparisonSchema>;

/** A comparison that cannot be made. */
export class ComparisonError extends Error {
  readonly code = 'TURNWISE_COMPARISON';
  override readonly name = 'ComparisonError';
}

export type Tree = Readonly<Record<string, unknown>>;

/** What a comparison asks for where it does not say otherwise: a frozen model alone varies by points from sampling to sampling. */
const BASE: Tree = { evaluation: { seeds: 3 } };

/** One run of a comparison, before its configuration is resolved. */
export interface CellPlan {
  /** Unique, and a path: `gagpo/household/seed1`. */
  readonly id: string;
  readonly variant: string;
  readonly environment: string;
  readonly seed: number;
  /** What the person wrote that concerns it: `base`, environment, variant and seed, later ones over earlier ones. */
  readonly written: Tree;
}

export interface ComparisonPlan {
  readonly variants: readonly string[];
  readonly environments: readonly string[];
  readonly seeds: readonly number[];
  /** Seed after seed, so that what is finished early compares all variants. */
  readonly cells: readonly CellPlan[];
}

/**
 * The cells of a comparison.
 *
 * @throws ComparisonError where there is nothing to compare, names repeat, or seeds do
 */
export function planComparison(comparison: Comparison): ComparisonPlan {
  const variants = [
    ...comparison.algorithms.map((name) => ({ name, config: { credit: { algorithm: name } } as Tree })),
    ...comparison.variants,
  ];
  if (variants.length === 0) {
    throw new ComparisonError(
      'there is nothing to compare: name `algorithms` or `variants`, for example --algorithms grpo,gagpo',
    );
  }
  const environments = comparison.environments.map((environment) => {
    if (typeof environment === 'string') return { name: environment, config: { environment: { name: environment } } };
    const { label, ...own } = environment;
    return { name: label ?? own.name, config: { environment: own } };
  });
  if (environments.length === 0) {
    const own = (comparison.base['environment'] as { name?: unknown } | undefined)?.name;
    environments.push({
      name: typeof own === 'string' ? own : 'household',
      config: { environment: {} as { name: string } },
    });
  }
  const seeds =
    typeof comparison.seeds === 'number' ? Array.from({ length: comparison.seeds }, (_, i) => i + 1) : comparison.seeds;
  const names = variants.map(({ name }) => name);
  unique('variant', names, names);
  unique('variant (as a folder)', names.map(sameFolder), names);
  unique(
    'environment',
    environments.map(({ name }) => sameFolder(name)),
    environments.map(({ name }) => name),
  );
  unique('seed', seeds.map(String), seeds.map(String));
  const cells = seeds.flatMap((seed) =>
    environments.flatMap((environment) =>
      variants.map((variant) => ({
        id: [folderName(variant.name), folderName(environment.name), `seed${seed}`].join('/'),
        variant: variant.name,
        environment: environment.name,
        seed,
        written: [comparison.base, environment.config, variant.config, { seed }].reduce(merged, BASE),
      })),
    ),
  );
  return { variants: names, environments: environments.map(({ name }) => name), seeds, cells };
}

/** `over` laid over `under`, records inside records. */
export function merged(under: Tree, over: Tree): Tree {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    result[key] = isTree(value) && isTree(below) ? merged(below, value) : value;
  }
  return result;
}

export function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Equal for names whose folders are one where capitals are no others: on macOS and Windows. */
export function sameFolder(name: string): string {
  return folderName(name).toLowerCase();
}

/** @throws ComparisonError where two keys are equal, with their names */
export function unique(what: string, keys: readonly string[], names: readonly string[]): void {
  const seen = new Map<string, string>();
  keys.forEach((key, i) => {
    const before = seen.get(key);
    if (before !== undefined)
      throw new ComparisonError(`${what} "${names[i]}" occurs twice (as "${before}"); give each its own name`);
    seen.set(key, names[i]);
  });
}
