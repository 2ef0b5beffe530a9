import fc from 'fast-check';
import { similarityRatio } from '../text/sequence-matcher.ts';
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

/*
 * Every algorithm a second time, straight from its definition: rows as objects, string keys, nested loops, quadratic.
 */

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

const average = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

function spread(xs: number[], ddof: number): number {
  if (xs.length <= ddof) return 0;
  const mean = average(xs);
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - ddof));
}

function norm(x: number, among: number[], mode: Settings['normalization'], ddof: number): number {
  // Rounding must not turn the deviation of equal values into anything but nothing.
  if (among.every((y) => y === among[0])) return 0;
  const centred = x - average(among);
  return mode === 'std' ? centred / (spread(among, ddof) + 1e-6) : centred;
}

function scoresOfGroup(rows: Row[], group: string, o: Settings): number[] {
  const members = rows.filter((row) => row.group === group && (o.statistics === 'steps' || row.t === 0));
  return members.map((row) => row.R - row.penalty);
}

export function slowGrpo(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    const x = row.R - row.penalty;
    if (scores.length === 1) return o.normalization === 'std' ? x / (1 + 1e-6) : x;
    const centred = x - average(scores);
    return o.normalization === 'std' ? centred / (spread(scores, 1) + 1e-6) : centred;
  });
}

export function slowRloo(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    const x = row.R - row.penalty;
    return scores.length === 1 ? x : (scores.length / (scores.length - 1)) * (x - average(scores));
  });
}

function slowWhitening(xs: number[]): number[] {
  return xs.map((x) => (x - average(xs)) / Math.sqrt(spread(xs, 1) ** 2 + 1e-8));
}

export function slowReinforce(rows: Row[], o: Settings): number[] {
  const scores = rows.map((row) => row.G - row.penalty);
  if (o.statistics === 'steps') return slowWhitening(scores);
  const meanOverEpisodes = (xs: number[]): number => {
    const episodes = [...new Set(rows.map((row) => row.episode))];
    return average(episodes.map((episode) => average(xs.filter((_, j) => rows[j].episode === episode))));
  };
  const mean = meanOverEpisodes(scores);
  const episodes = new Set(rows.map((row) => row.episode)).size;
  if (episodes === 1) return slowWhitening(scores);
  const variance = (meanOverEpisodes(scores.map((x) => (x - mean) ** 2)) * episodes) / (episodes - 1);
  return scores.map((x) => (x - mean) / Math.sqrt(variance + 1e-8));
}

export function slowReinforceBaseline(rows: Row[], o: Settings): number[] {
  return slowWhitening(
    rows.map((row) => {
      const scores = scoresOfGroup(rows, row.group, o);
      return row.R - row.penalty - (scores.length === 1 ? 0 : average(scores));
    }),
  );
}

export function slowGigpo(rows: Row[], o: Settings): number[] {
  const clusters: { group: string; text: string; rows: Row[] }[] = [];
  const home = new Map<Row, Row[]>();
  for (const row of rows) {
    let cluster = clusters.find((c) => c.group === row.group && similarityRatio(row.key, c.text) >= o.similarity);
    if (cluster === undefined) {
      cluster = { group: row.group, text: row.key, rows: [] };
      clusters.push(cluster);
    }
    cluster.rows.push(row);
    home.set(row, cluster.rows);
  }
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const among = (home.get(row) as Row[]).map((other) => other.G - other.penalty);
    return episodeTerm[i] + o.stepWeight * norm(row.G - row.penalty, among, o.normalization, 1);
  });
}

export function slowGagpo(rows: Row[], o: Settings): number[] {
  const r = (row: Row) => row.reward - row.penalty;
  const following = (row: Row) => rows.find((other) => other.episode === row.episode && other.t === row.t + 1);
  const G = (row: Row): number => {
    const next = following(row);
    return r(row) + (next === undefined ? 0 : o.gamma * G(next));
  };
  const V = (group: string, key: string | undefined): number => {
    const visits = rows.filter((row) => row.group === group && row.key === key);
    return visits.length === 0 ? 0 : average(visits.map(G));
  };
  const A = (row: Row): number => {
    const next = following(row);
    if (next !== undefined) {
      const delta = r(row) + o.gamma * V(row.group, next.key) - V(row.group, row.key);
      return delta + o.gamma * o.lambda * A(next);
    }
    const goesOn = o.truncation === 'bootstrap' && row.record.truncated && !row.record.success;
    return r(row) + (goesOn ? o.gamma * V(row.group, row.final) : 0) - V(row.group, row.key);
  };
  const own = (row: Row): number =>
    o.broadcast ? average(rows.filter((other) => other.episode === row.episode).map(A)) : A(row);
  return slowScaling(rows, rows.map(own), o);
}

export function slowG2po(rows: Row[], o: Settings): number[] {
  const V = (group: string, key: string): number =>
    average(
      rows
        .filter((row) => row.group === group && row.key === key)
        .map((row) => o.gamma ** (row.length - (row.t + 1) + 1) * row.R),
    );
  const edges = rows.map((row) => {
    const end = row.record.success ? o.successReward : 0;
    const to = row.next === undefined ? end : V(row.group, row.next);
    return { row, reached: to - row.penalty, gain: to - V(row.group, row.key) };
  });
  const episodeTerm = slowGrpo(rows, o);
  return edges.map(({ row, reached, gain }, i) => {
    const inGroup = edges.filter((edge) => edge.row.group === row.group);
    const siblings = inGroup.filter((edge) => edge.row.key === row.key);
    const next = norm(
      reached,
      siblings.map((edge) => edge.reached),
      o.normalization,
      1,
    );
    const edge = norm(
      gain,
      inGroup.map((other) => other.gain),
      o.normalization,
      1,
    );
    return episodeTerm[i] + o.stepWeight * (next + edge);
  });
}

export function slowHgpo(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const terms = o.base ? [{ k: 0, term: episodeTerm[i] }] : [];
    for (let k = 1; k <= o.history + 1; k++) {
      if (row.past.length < k) continue;
      const context = (other: Row) => JSON.stringify(other.past.slice(other.past.length - k));
      const among = rows.filter(
        (other) => other.group === row.group && other.past.length >= k && context(other) === context(row),
      );
      if (among.length < 2) continue;
      terms.push({
        k,
        term: norm(
          row.G - row.penalty,
          among.map((other) => other.G - other.penalty),
          o.normalization,
          0,
        ),
      });
    }
    const counted = terms.filter(({ term }) => Math.abs(term) >= 1e-12);
    const total = counted.reduce((sum, { k }) => sum + (k + 1) ** o.alpha, 0) + 1e-6;
    return counted.reduce((sum, { k, term }) => sum + (k + 1) ** o.alpha * term, 0) / total;
  });
}

function slowScaling(rows: Row[], raw: number[], o: Settings): number[] {
  if (o.normalization === 'none') return raw;
  return rows.map((row, i) => {
    const among = raw.filter((_, j) => o.scope === 'batch' || rows[j].group === row.group);
    const centred = raw[i] - average(among);
    return o.normalization === 'std' ? centred / (spread(among, o.ddof) + 1e-6) : centred;
  });
}

/** The sum of the residuals, written out. */
export function slowGae(rows: Row[], o: Settings): number[] {
  const valueAt = (row: Row): number => row.record.steps[row.t].value as number;
  const residual = (row: Row): number => {
    const cut = o.truncation === 'bootstrap' && row.record.truncated && !row.record.success;
    const goesOn = cut ? (row.record.finalValue ?? 0) : 0;
    const next = row.t + 1 < row.length ? (row.record.steps[row.t + 1].value as number) : goesOn;
    return row.reward - row.penalty + o.gamma * next - valueAt(row);
  };
  const raw = rows.map((row) =>
    rows
      .filter((later) => later.episode === row.episode && later.t >= row.t)
      .reduce((sum, later) => sum + (o.gamma * o.lambda) ** (later.t - row.t) * residual(later), 0),
  );
  return slowScaling(rows, raw, o);
}

/** Where a step leads: the next state, or an end. */
function target(rows: Row[], row: Row, o: Settings): string | typeof SUCCEEDED | typeof FAILED {
  if (row.next !== undefined) return row.next;
  const acted = rows.some((other) => other.group === row.group && other.key === row.final);
  if (o.truncation === 'bootstrap' && row.record.truncated && !row.record.success && acted) return row.final as string;
  return row.record.success ? SUCCEEDED : FAILED;
}

const SUCCEEDED = Symbol('success');
const FAILED = Symbol('failure');

export function slowGraphGpo(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  const rewards = new Map<Row, number>();
  for (const group of new Set(rows.map((row) => row.group))) {
    const members = rows.filter((row) => row.group === group);
    // Bellman and Ford: relax every edge as often as there are nodes.
    const distance = new Map<unknown, number>([[SUCCEEDED, 0]]);
    for (let round = 0; round <= members.length; round++) {
      for (const row of members) {
        const through = (distance.get(target(rows, row, o)) ?? Number.POSITIVE_INFINITY) + 1;
        if (through < (distance.get(row.key) ?? Number.POSITIVE_INFINITY)) distance.set(row.key, through);
      }
    }
    const farthest = Math.max(...distance.values());
    for (const row of members) {
      const d = distance.get(target(rows, row, o)) ?? farthest + 1;
      rewards.set(row, o.successReward * o.omega ** (d + 1));
    }
  }
  return rows.map((row, i) => {
    const among = rows.filter((other) => other.group === row.group && other.key === row.key);
    const term = norm(
      rewards.get(row) as number,
      among.map((other) => rewards.get(other) as number),
      o.normalization,
      1,
    );
    return o.episodeWeight * episodeTerm[i] + o.stepWeight * term;
  });
}

/** Solves the linear equations of the values by elimination. */
export function slowBellman(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  const delta = new Map<Row, number>();
  const gated = new Set<Row>();
  for (const group of new Set(rows.map((row) => row.group))) {
    const members = rows.filter((row) => row.group === group);
    const keys = [...new Set(members.map((row) => row.key))];
    const matrix = keys.map((key, i) => {
      const visits = members.filter((row) => row.key === key);
      const line = keys.map((_, j) => (i === j ? 1 : 0));
      let known = 0;
      for (const row of visits) {
        known += (row.reward - row.penalty) / visits.length;
        const to = target(rows, row, o);
        if (typeof to === 'string') line[keys.indexOf(to)] -= o.gamma / visits.length;
      }
      return [...line, known];
    });
    const V = eliminate(matrix);
    const valueAt = (to: unknown): number => (typeof to === 'string' ? V[keys.indexOf(to)] : 0);
    for (const row of members) {
      const to = target(rows, row, o);
      delta.set(row, row.reward - row.penalty + o.gamma * valueAt(to) - valueAt(row.key));
      const ways = new Set(members.filter((other) => other.key === row.key).map((other) => target(rows, other, o)));
      if (ways.size >= 2 || !o.gate) gated.add(row);
    }
  }
  return rows.map((row, i) => {
    if (!gated.has(row)) return episodeTerm[i];
    const among = [...gated].filter((other) => other.group === row.group).map((other) => delta.get(other) as number);
    const centred = (delta.get(row) as number) - average(among);
    return o.stepWeight * (o.normalization === 'std' ? centred / (spread(among, 1) + 1e-6) : centred);
  });
}

/** The x of a linear system given as rows of coefficients and right side, by Gauss and Jordan with pivoting. */
function eliminate(matrix: number[][]): number[] {
  const n = matrix.length;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(matrix[r][c]) > Math.abs(matrix[pivot][c])) pivot = r;
    [matrix[c], matrix[pivot]] = [matrix[pivot], matrix[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = matrix[r][c] / matrix[c][c];
      for (let k = c; k <= n; k++) matrix[r][k] -= factor * matrix[c][k];
    }
  }
  return matrix.map((line, c) => line[n] / line[c]);
}
