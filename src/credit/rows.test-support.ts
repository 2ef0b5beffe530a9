import fc from 'fast-check';
import type { EpisodeRecord } from './batch.ts';
import type { CreditOptions } from './options.ts';

/** Random episodes for tests: few states so that they recur, groups interleaved, sparse or dense rewards. */
export function episodesArbitrary(): fc.Arbitrary<EpisodeRecord[]> {
  const state = fc.constantFrom('hall', 'kitchen', 'cellar', 'kühlschrank 冷', 'attic 😀');
  const dense = fc.double({ min: -3, max: 3, noNaN: true, noDefaultInfinity: true }).map((x) => Math.fround(x));
  const sparse = fc.constantFrom(0, 0, 0, 10);
  const steps = fc.boolean().chain((isDense) =>
    fc.array(fc.record({ observation: state, reward: isDense ? dense : sparse, valid: fc.boolean(), value: dense }), {
      minLength: 1,
      maxLength: 7,
    }),
  );
  const episode = fc.record({
    group: fc.constantFrom('g0', 'g1', 'g2'),
    success: fc.boolean(),
    truncated: fc.boolean(),
    finalObservation: fc.option(state, { nil: undefined }),
    finalValue: fc.option(dense, { nil: undefined }),
    steps,
  });
  return fc.array(episode, { minLength: 1, maxLength: 10 });
}
/** A step as an object, with what the definitions ask of it. */
export interface Row {
  group: string;
  episode: number;
  /** From 0. */
  t: number;
  length: number;
  key: string;
  /** States of the episode up to and with this one. */
  past: string[];
  reward: number;
  penalty: number;
  /** G_t of the raw rewards. */
  G: number;
  /** R_i. */
  R: number;
  /** State that follows, undefined after the last step. */
  next: string | undefined;
  /** State reached at the end of the episode, where known. */
  final: string | undefined;
  record: EpisodeRecord;
}

export type Settings = Required<CreditOptions>;

export const SETTINGS: Settings = {
  gamma: 0.95,
  lambda: 0.8,
  normalization: 'std',
  statistics: 'steps',
  scope: 'group',
  ddof: 0,
  stepWeight: 1,
  invalidActionPenalty: 0.1,
  similarity: 1,
  truncation: 'terminal',
  history: 2,
  base: false,
  alpha: 1,
  successReward: 10,
  lastStates: 1,
  omega: 0.9,
  episodeWeight: 1,
  gate: true,
  broadcast: false,
};

/** The last k observations up to the one before step t is taken; after the last step, up to the final one. */
function keyAt(record: EpisodeRecord, t: number, k: number): string {
  const observations = [...record.steps.map((step) => step.observation), record.finalObservation];
  const last = observations.slice(Math.max(0, t - k + 1), t + 1);
  return k === 1 ? (last[0] as string) : JSON.stringify(last);
}

export function rowsOf(episodes: EpisodeRecord[], o: Settings): Row[] {
  return episodes.flatMap((record, episode) =>
    record.steps.map((step, t) => ({
      group: record.group,
      episode,
      t,
      length: record.steps.length,
      key: keyAt(record, t, o.lastStates),
      past: record.steps.slice(0, t + 1).map((s) => s.observation as string),
      reward: step.reward,
      penalty: step.valid ? 0 : o.invalidActionPenalty,
      G: record.steps.slice(t).reduce((sum, s, k) => sum + o.gamma ** k * s.reward, 0),
      R: record.steps.reduce((sum, s) => sum + s.reward, 0),
      next: t + 1 < record.steps.length ? keyAt(record, t + 1, o.lastStates) : undefined,
      final: record.finalObservation === undefined ? undefined : keyAt(record, record.steps.length, o.lastStates),
      record,
    })),
  );
}
