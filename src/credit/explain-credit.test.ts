import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALGORITHM_NAMES, ALGORITHMS, type AlgorithmName, assignCredit } from './algorithms.ts';
import type { StepBatch } from './batch.ts';
import { clusterSteps } from './clusters.ts';
import { type CreditColumn, type CreditExplanation, explainCredit } from './explain-credit.ts';
import { batchFromEpisodes, type EpisodeRecord } from './index.ts';
import { anyOptions, OPTION_CASES } from './option-cases.test-support.ts';
import type { CreditOptions } from './options.ts';
import { episodesArbitrary, rowsOf, SETTINGS, type Settings } from './rows.test-support.ts';
import { slowQuantities, type Table } from './slow-quantities.test-support.ts';
import { termsByHand } from './terms-by-hand.test-support.ts';

function settingsOf(name: AlgorithmName, options: CreditOptions): Settings {
  return { ...SETTINGS, ...ALGORITHMS[name].defaults, ...options };
}

function tableOf(columns: readonly CreditColumn[]): Table {
  return Object.fromEntries(columns.map(({ name, values }) => [name, Array.from(values)]));
}

/** Columns of the same names, equal to `tolerance` of the larger of 1 and the number expected, NaN where it is NaN. */
function expectTable(actual: Table, expected: Table, tolerance: number): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    expect(actual[name]).toHaveLength(values.length);
    for (let t = 0; t < values.length; t++) {
      const off = Math.abs(actual[name][t] - values[t]);
      const fits = Number.isNaN(values[t])
        ? Number.isNaN(actual[name][t])
        : off <= tolerance * Math.max(1, Math.abs(values[t]));
      if (!fits) expect.fail(`${name}, step ${t}: ${actual[name][t]}, expected ${values[t]}`);
    }
  }
}

function lastSteps(batch: StepBatch): boolean[] {
  const last = new Array<boolean>(batch.steps).fill(false);
  for (const end of batch.episodeStart.subarray(1)) last[end - 1] = true;
  return last;
}

describe.each(ALGORITHM_NAMES)('%s', (name) => {
  test('the advantages are those of assignCredit to the last bit, and the terms sum to them', () => {
    fc.assert(
      fc.property(episodesArbitrary(), anyOptions(name), (episodes, options) => {
        const batch = batchFromEpisodes(episodes);
        const { advantages } = assignCredit(batch, name, options);
        const explained = explainCredit(batch, name, options);
        expect(batch).toEqual(batchFromEpisodes(episodes));
        expect(explained.advantages).toHaveLength(batch.steps);
        for (let t = 0; t < batch.steps; t++) {
          expect(Object.is(explained.advantages[t], advantages[t])).toBe(true);
          let sum = 0;
          let largest = 0;
          for (const { values } of explained.terms) {
            if (Number.isNaN(values[t])) continue;
            sum += values[t];
            largest = Math.max(largest, Math.abs(values[t]));
          }
          expect(Math.abs(sum - advantages[t])).toBeLessThanOrEqual(1e-12 * largest);
          if (largest < 1e3) expect(Math.abs(sum - advantages[t])).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 60, seed: 21 },
    );
  });

  test('which columns there are does not depend on the batch, and each says what it is', () => {
    fc.assert(
      fc.property(episodesArbitrary(), anyOptions(name), (episodes, options) => {
        const plain = ({ terms, quantities }: CreditExplanation) =>
          [terms, quantities].map((columns) => columns.map(({ values: _, ...words }) => words));
        const explained = explainCredit(batchFromEpisodes(episodes), name, options);
        const empty = explainCredit(batchFromEpisodes([]), name, options);
        expect(plain(empty)).toEqual(plain(explained));
        for (const columns of [empty.terms, empty.quantities]) {
          expect(new Set(columns.map((column) => column.name)).size).toBe(columns.length);
          expect(new Set(columns.map((column) => column.symbol)).size).toBe(columns.length);
          for (const { values, symbol, description } of columns) {
            expect(values).toHaveLength(0);
            expect(symbol).not.toBe('');
            expect(description).toMatch(/^\S[^.]*(\.\S[^.]*)*\.$/);
          }
        }
      }),
      { numRuns: 20, seed: 22 },
    );
  });

  test('columns share no memory with each other nor with the batch', () => {
    const step = { observation: 'a', reward: 1, value: 2 };
    const batch = batchFromEpisodes([{ group: 'g', steps: [step, step] }]);
    const rule = ALGORITHMS[name].rules.normalization;
    // Unscaled advantages are one of the quantities.
    const unscaled = rule?.kind === 'choice' && rule.choices.includes('none');
    const options: CreditOptions = unscaled ? { normalization: 'none' } : {};
    const { advantages, terms, quantities } = explainCredit(batch, name, options);
    const arrays = [advantages, ...[...terms, ...quantities].map(({ values }) => values)];
    const inputs = Object.values(batch).filter((column) => ArrayBuffer.isView(column));
    expect(new Set([...arrays, ...inputs].map(({ buffer }) => buffer)).size).toBe(arrays.length + inputs.length);
  });
});

describe('quantities are what their definitions say, and the terms can be computed from them by hand', () => {
  test.each(OPTION_CASES)('$name', ({ name, options }) => {
    fc.assert(
      fc.property(episodesArbitrary(), fc.record(options), (episodes, chosen) => {
        const batch = batchFromEpisodes(episodes);
        const settings = settingsOf(name, chosen as CreditOptions);
        const { terms, quantities } = explainCredit(batch, name, chosen as CreditOptions);
        const known = tableOf(quantities);
        expectTable(known, slowQuantities(name, rowsOf(episodes, settings), settings), 1e-7);
        expectTable(tableOf(terms), termsByHand(name, known, lastSteps(batch), settings), 1e-9);
      }),
      { numRuns: 50, seed: 23 },
    );
  });
});

describe('identities of the columns, to the last bit', () => {
  test.each(['gagpo', 'gae', 'bellman'] as const)('%s: δ_t = r_t + γ·V(s_{t+1}) − V(s_t)', (name) => {
    fc.assert(
      fc.property(episodesArbitrary(), anyOptions(name), (episodes, options) => {
        const { gamma } = settingsOf(name, options);
        const q = tableOf(explainCredit(batchFromEpisodes(episodes), name, options).quantities);
        const delta = q.reward.map((r, t) => r + gamma * q['next value'][t] - q.value[t]);
        expect(q.residual).toEqual(delta);
      }),
      { numRuns: 50, seed: 24 },
    );
  });

  test.each(['gagpo', 'gae'] as const)('%s: A_t = δ_t + γλ·A_{t+1}', (name) => {
    fc.assert(
      fc.property(episodesArbitrary(), anyOptions(name), (episodes, options) => {
        const batch = batchFromEpisodes(episodes);
        const { gamma, lambda } = settingsOf(name, options);
        const q = tableOf(explainCredit(batch, name, options).quantities);
        const last = lastSteps(batch);
        const A = q['unscaled advantage'];
        expect(A).toEqual(A.map((_, t) => q.residual[t] + gamma * lambda * (last[t] ? 0 : A[t + 1])));
      }),
      { numRuns: 50, seed: 25 },
    );
  });

  test('gagpo: V̄ is the mean of G over the visits, G_t = r_t + γ·G_{t+1}', () => {
    fc.assert(
      fc.property(episodesArbitrary(), anyOptions('gagpo'), (episodes, options) => {
        const batch = batchFromEpisodes(episodes);
        const { gamma, similarity, lastStates } = settingsOf('gagpo', options);
        const q = tableOf(explainCredit(batch, 'gagpo', options).quantities);
        const last = lastSteps(batch);
        expect(q.return).toEqual(q.return.map((_, t) => q.reward[t] + gamma * (last[t] ? 0 : q.return[t + 1])));
        const { ofStep } = clusterSteps(batch, { similarity, lastStates });
        for (let t = 0; t < batch.steps; t++) {
          const returns = q.return.filter((_, u) => ofStep[u] === ofStep[t]);
          expect(q.visits[t]).toBe(returns.length);
          expect(q.value[t]).toBeCloseTo(returns.reduce((sum, g) => sum + g, 0) / returns.length, 9);
        }
      }),
      { numRuns: 30, seed: 26 },
    );
  });
});

test('clusters that are known already give the same', () => {
  fc.assert(
    fc.property(episodesArbitrary(), fc.constantFrom(...ALGORITHM_NAMES), (episodes, name) => {
      const batch = batchFromEpisodes(episodes);
      expect(explainCredit(batch, name, {}, clusterSteps(batch))).toEqual(explainCredit(batch, name));
    }),
    { numRuns: 40, seed: 27 },
  );
});

describe('what assignCredit refuses is refused in the same words', () => {
  const batch = batchFromEpisodes([{ group: 'g', steps: [{ observation: 'a', reward: 1 }] }]);
  const { stateText: _, ...bare } = batch;
  const lost: EpisodeRecord = {
    group: 'g',
    success: false,
    truncated: true,
    steps: ['left', 'right'].map((observation) => ({ observation, reward: 1 })),
    finalObservation: 'left',
  };
  test.each<[string, StepBatch, string, object]>([
    ['a name', batch, 'gappo', {}],
    ['a name that every object has', batch, 'toString', {}],
    ['an option', batch, 'gagpo', { lamda: 1 }],
    ['a value', batch, 'gagpo', { gamma: 2 }],
    ['similarity without texts', bare, 'gigpo', { similarity: 0.5 }],
    ['a column', { ...batch, reward: Float64Array.of(Number.NaN) }, 'grpo', {}],
    ['no values of a critic', batch, 'gae', {}],
    ['a loop without an end', batchFromEpisodes([lost]), 'bellman', { gamma: 1 }],
  ])('%s', (_what, columns, name, options) => {
    const thrown = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    };
    const expected = thrown(() => assignCredit(columns, name, options));
    expect(expected).toBeInstanceOf(Error);
    const actual = thrown(() => explainCredit(columns, name, options));
    expect(actual).toBeInstanceOf((expected as Error).constructor);
    expect((actual as Error).message).toBe((expected as Error).message);
  });
});
