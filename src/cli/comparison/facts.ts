import { counted } from '../../text/counted.ts';
import type { TrainConfig } from '../../training/config.ts';

/** A run with the settings it had. */
export interface TrainedCell {
  readonly variant: string;
  readonly environment: string;
  readonly seed: number;
  readonly config: TrainConfig;
  /** Versions and processor that it was computed with. */
  readonly machine: string;
}

/**
 * What a reader needs to judge the numbers: settings that all runs share, and every one beside the credit in which they differ.
 *
 * @param cells one at least
 * @param earlier variants that an earlier command brought into the folder
 */
export function comparisonFacts(cells: readonly TrainedCell[], earlier: readonly string[]): string[] {
  const differences = settingsApart(cells);
  const apart = new Set(differences.filter(({ by }) => by !== 'environment').map(({ key }) => key));
  const same = (...keys: string[]): boolean =>
    ![...apart].some((key) => keys.some((own) => key === own || key.startsWith(`${own}.`)));
  const tasks = same('environment', 'rollout.tasks') ? 'meet the same tasks in the same order' : undefined;
  const weights = same('checkpoint') ? 'start from the same weights' : undefined;
  const shared = [tasks, weights].filter((text) => text !== undefined).join(' and ');
  const most = <T extends string | number>(pick: (config: TrainConfig) => T): T =>
    mostCommon(cells.map(({ config }) => pick(config)));
  const seeds = [...new Set(cells.map(({ seed }) => seed))].sort((a, b) => a - b);
  const samplings = most((c) => c.evaluation.seeds);
  return [
    `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')}.${shared === '' ? '' : ` All variants of a seed ${shared}.`}`,
    `${counted(
      most((c) => c.iterations),
      'iteration',
    )} of ${counted(
      most((c) => c.rollout.tasks),
      'task',
    )} × ${counted(
      most((c) => c.rollout.groupSize),
      'episode',
    )}, temperature ${most((c) => c.rollout.temperature)}; learning rate ${most((c) => c.optimizer.learningRate)} (${most((c) => c.optimizer.schedule)}).`,
    differences.length === 0
      ? 'Beside the credit all runs have the same settings.'
      : `Beside the credit, runs differ in ${differences.map(({ text }) => text).join('; ')}.`,
    `Held-out success: ${counted(
      most((c) => c.evaluation.tasks),
      'task',
    )} never trained on, temperature ${most((c) => c.evaluation.temperature)}, every ${every(most((c) => c.evaluation.every))}; ${counted(samplings, 'sampling seed')} before and after training${samplings === 1 ? '' : ', one between'}.`,
    ...(earlier.length === 0 ? [] : [`Of earlier commands on the same folder: ${earlier.join(', ')}.`]),
    `${[...new Set(cells.map(({ machine }) => machine))].join('; ')}.`,
  ];
}

function every(iterations: number): string {
  return iterations === 1 ? 'iteration' : `${iterations} iterations`;
}

/** A setting that is not the same for all runs. */
interface Difference {
  readonly key: string;
  /** What decides its value. */
  readonly by: 'environment' | 'variant' | 'both';
  readonly text: string;
}

/** Settings that are what is compared, told by name, or that change no result. */
const NOT_TOLD = /^(credit|seed|engine|loggers|checkpoints|episodes|environment\.name)(\.|$)/;

/** Settings beside the credit in which runs differ, with who has which: `rollout.tasks: 16, but 2 for gagpo`. */
export function settingsApart(cells: readonly TrainedCell[]): Difference[] {
  const settings = cells.map(({ config }) => leaves(config));
  const keys = [...new Set(settings.flatMap((own) => [...own.keys()]))].filter((key) => !NOT_TOLD.test(key)).sort();
  return keys.flatMap((key) => {
    const values = settings.map((own) => own.get(key) ?? 'not set');
    if (new Set(values).size === 1) return [];
    const by = decider(cells, values);
    // Each environment has a warm start of its own, as anybody would expect.
    if (key === 'checkpoint' && by === 'environment') return [];
    const usual = mostCommon(values);
    const groups = new Map<string, Set<string>>();
    cells.forEach((cell, i) => {
      if (values[i] === usual) return;
      const who = by === 'both' ? `${cell.variant} on ${cell.environment}` : cell[by];
      groups.set(values[i], (groups.get(values[i]) ?? new Set()).add(who));
    });
    const others = [...groups].map(([value, who]) => `${value} for ${[...who].join(', ')}`);
    return [{ key, by, text: `${key}: ${usual}, but ${others.join(' and ')}` }];
  });
}

function decider(cells: readonly TrainedCell[], values: readonly string[]): Difference['by'] {
  for (const by of ['variant', 'environment'] as const) {
    const found = new Map<string, string>();
    if (cells.every((cell, i) => (found.get(cell[by]) ?? values[i]) === values[i] && found.set(cell[by], values[i])))
      return by;
  }
  return 'both';
}

/** Every value of a tree by its dotted key, as JSON; text as it is. */
function leaves(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, child] of Object.entries(value)) leaves(child, path === '' ? key : `${path}.${key}`, into);
  } else if (value !== undefined) {
    into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return into;
}

/** The value that occurs most often; the first of several. */
function mostCommon<T>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
