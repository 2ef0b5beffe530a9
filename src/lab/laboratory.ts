import { learn } from './learn.ts';
import { type Accuracy, measure } from './measure.ts';
import { policyOfSkill } from './skill.ts';
import { solve } from './solve.ts';
import type { Variant } from './variants.ts';
import type { CompiledWorld } from './world.ts';

export interface LabSettings {
  readonly gamma: number;
  readonly seed: number;
  /** Chances of success of the policies under which credit is compared with the truth. */
  readonly skills: readonly number[];
  readonly groupSizes: readonly number[];
  /** Episodes played for each world, skill and group size. */
  readonly episodes: number;
  /** Runs of training per world, variant and step size. */
  readonly seeds: number;
  readonly iterations: number;
  /** Groups, and episodes in a group, of one iteration. */
  readonly groups: number;
  readonly groupSize: number;
  /** Where training starts: from a policy with this chance of success, or from the one that knows nothing (0). */
  readonly starts: readonly number[];
  /** Step sizes tried; each variant is shown with the one that learned fastest over all worlds, start by start. */
  readonly learningRates: readonly number[];
}

export const LAB_DEFAULTS: LabSettings = {
  gamma: 0.95,
  seed: 1,
  skills: [0.15, 0.5, 0.85],
  groupSizes: [4, 8, 16],
  episodes: 1600,
  seeds: 20,
  iterations: 60,
  groups: 2,
  groupSize: 8,
  starts: [0, 0.15],
  learningRates: [0.1, 0.3, 0.9],
};

/** One comparison with the truth. */
export interface AccuracyRecord extends Accuracy {
  readonly world: string;
  readonly variant: string;
  /** Success that was asked of the policy, and what it really has, 0 … 1. */
  readonly skill: number;
  readonly success: number;
  readonly groupSize: number;
}

/** A mean over seeds with half the width of its 95 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  readonly half: number;
}

/** Training of one variant in one world. */
export interface LearningRecord {
  readonly world: string;
  readonly variant: string;
  readonly start: number;
  readonly learningRate: number;
  /** (iterations + 1) The exact chance of success, 0 … 1. */
  readonly curve: readonly Estimate[];
  /** Mean of the curve. */
  readonly area: Estimate;
  readonly final: Estimate;
}

export interface LabResult {
  readonly settings: LabSettings;
  readonly worlds: readonly { readonly name: string; readonly description: string }[];
  readonly variants: readonly Pick<Variant, 'label' | 'algorithm' | 'options'>[];
  readonly accuracy: readonly AccuracyRecord[];
  readonly learning: readonly LearningRecord[];
}

export interface LabProgress {
  readonly done: number;
  readonly total: number;
  readonly doing: string;
}

/**
 * Compares variants with the exact truth, then trains with each. The same settings give the same numbers.
 *
 * @throws the reason of `signal`, where it was raised
 */
export async function runLaboratory(
  worlds: readonly CompiledWorld[],
  variants: readonly Variant[],
  settings: LabSettings,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: LabProgress) => void } = {},
): Promise<LabResult> {
  const { skills, groupSizes, starts, learningRates, gamma } = settings;
  // Learning takes about as long per world and variant as all comparisons of a world.
  const total =
    worlds.length * (skills.length * groupSizes.length + variants.length * starts.length * learningRates.length);
  let done = 0;
  const pause = async (doing: string): Promise<void> => {
    options.onProgress?.({ done: done++, total, doing });
    // Lets Ctrl-C through.
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  };

  const accuracy: AccuracyRecord[] = [];
  for (const world of worlds) {
    for (const skill of skills) {
      const policy = policyOfSkill(world, skill, gamma);
      const { success } = solve(world, policy, gamma);
      for (const groupSize of groupSizes) {
        await pause(`credit against the truth in ${world.name}`);
        const groups = Math.ceil(settings.episodes / groupSize);
        const condition = { world, policy, groupSize, groups, gamma, seed: settings.seed };
        for (const [i, result] of measure(condition, variants).entries()) {
          accuracy.push({ world: world.name, variant: variants[i].label, skill, success, groupSize, ...result });
        }
      }
    }
  }

  const learning: LearningRecord[] = [];
  for (const start of starts) {
    const first = worlds.map((world) => (start === 0 ? undefined : policyOfSkill(world, start, gamma)));
    for (const variant of variants) {
      const tried: LearningRecord[][] = [];
      for (const learningRate of learningRates) {
        const records: LearningRecord[] = [];
        for (const [w, world] of worlds.entries()) {
          await pause(`learning with ${variant.label} in ${world.name}`);
          const curves = Array.from({ length: settings.seeds }, (_, k) =>
            learn(world, variant, { ...settings, learningRate }, settings.seed + k, first[w]),
          );
          records.push({ world: world.name, variant: variant.label, start, learningRate, ...summary(curves) });
        }
        tried.push(records);
      }
      learning.push(...tried.reduce((best, records) => (speed(records) > speed(best) ? records : best)));
    }
  }
  return {
    settings,
    worlds: worlds.map(({ name, description }) => ({ name, description })),
    variants: variants.map(({ label, algorithm, options: o }) => ({ label, algorithm, options: o })),
    accuracy,
    learning,
  };
}

/** How fast a variant learned over all worlds. */
function speed(records: readonly LearningRecord[]): number {
  return records.reduce((sum, { area }) => sum + area.mean, 0);
}

function summary(curves: readonly Float64Array[]): Pick<LearningRecord, 'curve' | 'area' | 'final'> {
  const points = curves[0].length;
  return {
    curve: Array.from({ length: points }, (_, i) => estimate(curves.map((curve) => curve[i]))),
    area: estimate(curves.map((curve) => curve.reduce((sum, p) => sum + p, 0) / points)),
    final: estimate(curves.map((curve) => curve[points - 1])),
  };
}

/** Mean and half the 95 % interval, by the t distribution. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n < 2) return { mean, half: Number.NaN };
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  return { mean, half: studentT95(n - 1) * Math.sqrt(variance / n) };
}

/** The 97.5 % quantile of Student's t distribution, by Hill's expansion in 1/df; off by less than 0.3 % from 3 degrees on. */
function studentT95(df: number): number {
  if (df === 1) return 12.706;
  if (df === 2) return 4.303;
  const z = 1.959964;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / df + g2 / df ** 2 + g3 / df ** 3;
}
