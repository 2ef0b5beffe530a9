import type { Row, Settings } from './rows.test-support.ts';
import { average, norm, slowGrpo, spread } from './slow-definitions.test-support.ts';

/*
 * The algorithms on the graph of a group, straight from their definitions.
 */

/** A step on the graph of G2PO. */
export interface Edge {
  row: Row;
  /** γ^{T−t+1}·R, t from 1. */
  discounted: number;
  V: number;
  next: number;
  reached: number;
  gain: number;
}

export function slowEdges(rows: Row[], o: Settings): Edge[] {
  const discounted = (row: Row): number => o.gamma ** (row.length - (row.t + 1) + 1) * row.R;
  const valueAt = (group: string, key: string): number =>
    average(rows.filter((row) => row.group === group && row.key === key).map(discounted));
  return rows.map((row) => {
    const end = row.record.success ? o.successReward : 0;
    const next = row.next === undefined ? end : valueAt(row.group, row.next);
    const V = valueAt(row.group, row.key);
    return { row, discounted: discounted(row), V, next, reached: next - row.penalty, gain: next - V };
  });
}

export function slowG2po(rows: Row[], o: Settings): number[] {
  const edges = slowEdges(rows, o);
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

/** Where a step leads: the next state, or an end. */
function target(rows: Row[], row: Row, o: Settings): string | typeof SUCCEEDED | typeof FAILED {
  if (row.next !== undefined) return row.next;
  const acted = rows.some((other) => other.group === row.group && other.key === row.final);
  if (o.truncation === 'bootstrap' && row.record.truncated && !row.record.success && acted) return row.final as string;
  return row.record.success ? SUCCEEDED : FAILED;
}

const SUCCEEDED = Symbol('success');
const FAILED = Symbol('failure');

/** Of each row d(s_t), d(s_{t+1}) and the reward discounted by it. */
export function slowDistances(rows: Row[], o: Settings): Map<Row, { own: number; next: number; x: number }> {
  const found = new Map<Row, { own: number; next: number; x: number }>();
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
      const next = distance.get(target(rows, row, o)) ?? farthest + 1;
      const own = distance.get(row.key) ?? farthest + 1;
      found.set(row, { own, next, x: o.successReward * o.omega ** (next + 1) });
    }
  }
  return found;
}

export function slowGraphGpo(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  const distances = slowDistances(rows, o);
  const x = (row: Row): number => (distances.get(row) as { x: number }).x;
  return rows.map((row, i) => {
    const among = rows.filter((other) => other.group === row.group && other.key === row.key);
    const term = norm(x(row), among.map(x), o.normalization, 1);
    return o.episodeWeight * episodeTerm[i] + o.stepWeight * term;
  });
}

/** A step with its backed-up values. */
export interface Backup {
  V: number;
  next: number;
  delta: number;
  /** Whether it gets step credit. */
  given: boolean;
}

/** Solves the linear equations of the values by elimination. */
export function slowBackups(rows: Row[], o: Settings): Map<Row, Backup> {
  const backups = new Map<Row, Backup>();
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
      const delta = row.reward - row.penalty + o.gamma * valueAt(to) - valueAt(row.key);
      const ways = new Set(members.filter((other) => other.key === row.key).map((other) => target(rows, other, o)));
      backups.set(row, { V: valueAt(row.key), next: valueAt(to), delta, given: ways.size >= 2 || !o.gate });
    }
  }
  return backups;
}

export function slowBellman(rows: Row[], o: Settings): number[] {
  const episodeTerm = slowGrpo(rows, o);
  const backups = slowBackups(rows, o);
  return rows.map((row, i) => {
    const { delta, given } = backups.get(row) as Backup;
    if (!given) return episodeTerm[i];
    const among = slowStepCredit(rows, row.group, backups);
    const centred = delta - average(among);
    return o.stepWeight * (o.normalization === 'std' ? centred / (spread(among, 1) + 1e-6) : centred);
  });
}

/** The residuals of those steps of a group that get step credit. */
export function slowStepCredit(rows: Row[], group: string, backups: Map<Row, Backup>): number[] {
  const members = rows.filter((row) => row.group === group).map((row) => backups.get(row) as Backup);
  return members.filter(({ given }) => given).map(({ delta }) => delta);
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
