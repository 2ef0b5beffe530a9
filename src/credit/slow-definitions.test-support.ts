import { similarityRatio } from '../text/sequence-matcher.ts';
import type { Row, Settings } from './rows.test-support.ts';

/*
 * Every algorithm a second time, straight from its definition: rows as objects, string keys, nested loops, quadratic.
 */
export const average = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

export function spread(xs: number[], ddof: number): number {
  if (xs.length <= ddof) return 0;
  const mean = average(xs);
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - ddof));
}

export function norm(x: number, among: number[], mode: Settings['normalization'], ddof: number): number {
  // Rounding must not turn the deviation of equal values into anything but nothing.
  if (among.every((y) => y === among[0])) return 0;
  const centred = x - average(among);
  return mode === 'std' ? centred / (spread(among, ddof) + 1e-6) : centred;
}

export function scoresOfGroup(rows: Row[], group: string, o: Settings): number[] {
  const members = rows.filter((row) => row.group === group && (o.statistics === 'steps' || row.t === 0));
  return members.map((row) => row.R - row.penalty);
}

export function slowGrpo(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    const x = row.R - row.penalty;
    if (scores.length === 1) return o.normalization === 'std' ? x / (1 + 1e-6) : x;
    // As in `norm`: rounding must not make a term of nothing.
    if (scores.every((y) => y === x)) return 0;
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

/** What the scores of a batch are whitened with: their mean, and √(var + 1e-8). */
export interface Whitening {
  mean: number;
  deviation: number;
}

export function slowWhitening(xs: number[]): Whitening {
  return { mean: average(xs), deviation: Math.sqrt(spread(xs, 1) ** 2 + 1e-8) };
}

const whiten = (xs: number[], { mean, deviation }: Whitening) => xs.map((x) => (x - mean) / deviation);

export function slowReinforce(rows: Row[], o: Settings): number[] {
  return whiten(
    rows.map((row) => row.G - row.penalty),
    slowReinforceWhitening(rows, o),
  );
}

export function slowReinforceWhitening(rows: Row[], o: Settings): Whitening {
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
  return { mean, deviation: Math.sqrt(variance + 1e-8) };
}

export function slowReinforceBaseline(rows: Row[], o: Settings): number[] {
  const scores = slowBaselineScores(rows, o);
  return whiten(scores, slowWhitening(scores));
}

export function slowBaselineScores(rows: Row[], o: Settings): number[] {
  return rows.map((row) => {
    const scores = scoresOfGroup(rows, row.group, o);
    return row.R - row.penalty - (scores.length === 1 ? 0 : average(scores));
  });
}

/** The rows of the group in the same state as each row. */
export function slowClusters(rows: Row[], o: Settings): Row[][] {
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
  return rows.map((row) => home.get(row) as Row[]);
}

export function slowGigpo(rows: Row[], o: Settings): number[] {
  const clusters = slowClusters(rows, o);
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const among = clusters[i].map((other) => other.G - other.penalty);
    return episodeTerm[i] + o.stepWeight * norm(row.G - row.penalty, among, o.normalization, 1);
  });
}

export function slowGagpo(rows: Row[], o: Settings): number[] {
  return slowScaling(rows, slowUnscaled(rows, slowGagpoDifferences(rows, o).A, o), o);
}

/** A_t, or with `broadcast` its mean over the episode. */
export function slowUnscaled(rows: Row[], A: (row: Row) => number, o: Settings): number[] {
  const own = (row: Row): number =>
    o.broadcast ? average(rows.filter((other) => other.episode === row.episode).map(A)) : A(row);
  return rows.map(own);
}

/** What GAGPO and GAE compute of a step before they scale. */
export interface Differences {
  r: (row: Row) => number;
  V: (row: Row) => number;
  /** V(s_{t+1}) */
  next: (row: Row) => number;
  delta: (row: Row) => number;
  A: (row: Row) => number;
}

export function slowGagpoDifferences(rows: Row[], o: Settings): Differences & { G: (row: Row) => number } {
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
  const valueOfNext = (row: Row): number => {
    const next = following(row);
    if (next !== undefined) return V(row.group, next.key);
    const goesOn = o.truncation === 'bootstrap' && row.record.truncated && !row.record.success;
    return goesOn ? V(row.group, row.final) : 0;
  };
  const delta = (row: Row): number => r(row) + o.gamma * valueOfNext(row) - V(row.group, row.key);
  const A = (row: Row): number => {
    const next = following(row);
    return delta(row) + (next === undefined ? 0 : o.gamma * o.lambda * A(next));
  };
  return { r, G, V: (row) => V(row.group, row.key), next: valueOfNext, delta, A };
}

/** The rows of the group with the same last k states, none where there have not been k. */
export function slowContext(rows: Row[], row: Row, k: number): Row[] {
  if (row.past.length < k) return [];
  const context = (other: Row) => JSON.stringify(other.past.slice(other.past.length - k));
  return rows.filter((other) => other.group === row.group && other.past.length >= k && context(other) === context(row));
}

export function slowHgpo(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  return rows.map((row, i) => {
    const terms = o.base ? [{ k: 0, term: episodeTerm[i] }] : [];
    for (let k = 1; k <= o.history + 1; k++) {
      const among = slowContext(rows, row, k);
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

/** Those that each number is scaled with. */
export function slowScope(rows: Row[], raw: number[], o: Settings): number[][] {
  return rows.map((row) => raw.filter((_, j) => o.scope === 'batch' || rows[j].group === row.group));
}

function slowScaling(rows: Row[], raw: number[], o: Settings): number[] {
  if (o.normalization === 'none') return raw;
  const scopes = slowScope(rows, raw, o);
  return rows.map((_, i) => {
    const among = scopes[i];
    const centred = raw[i] - average(among);
    return o.normalization === 'std' ? centred / (spread(among, o.ddof) + 1e-6) : centred;
  });
}

/** The sum of the residuals, written out. */
export function slowGae(rows: Row[], o: Settings): number[] {
  return slowScaling(rows, rows.map(slowGaeDifferences(rows, o).A), o);
}

export function slowGaeDifferences(rows: Row[], o: Settings): Differences {
  const r = (row: Row): number => row.reward - row.penalty;
  const valueAt = (row: Row): number => row.record.steps[row.t].value as number;
  const next = (row: Row): number => {
    const cut = o.truncation === 'bootstrap' && row.record.truncated && !row.record.success;
    const goesOn = cut ? (row.record.finalValue ?? 0) : 0;
    return row.t + 1 < row.length ? (row.record.steps[row.t + 1].value as number) : goesOn;
  };
  const delta = (row: Row): number => r(row) + o.gamma * next(row) - valueAt(row);
  const A = (row: Row): number =>
    rows
      .filter((later) => later.episode === row.episode && later.t >= row.t)
      .reduce((sum, later) => sum + (o.gamma * o.lambda) ** (later.t - row.t) * delta(later), 0);
  return { r, V: valueAt, next, delta, A };
}
