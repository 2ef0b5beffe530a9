import type { AlgorithmName } from './algorithms.ts';
import type { Row, Settings } from './rows.test-support.ts';
import {
  average,
  type Differences,
  norm,
  scoresOfGroup,
  slowBaselineScores,
  slowClusters,
  slowContext,
  slowGaeDifferences,
  slowGagpoDifferences,
  slowGrpo,
  slowReinforceWhitening,
  slowScope,
  slowUnscaled,
  slowWhitening,
  spread,
} from './slow-definitions.test-support.ts';
import { type Backup, slowBackups, slowDistances, slowEdges, slowStepCredit } from './slow-graphs.test-support.ts';

/** Columns by name. */
export type Table = Record<string, number[]>;

/** Every quantity of an explanation a second time, straight from its definition. */
export function slowQuantities(name: AlgorithmName, rows: Row[], o: Settings): Table {
  return QUANTITIES[name](rows, o);
}

const QUANTITIES: Record<AlgorithmName, (rows: Row[], o: Settings) => Table> = {
  grpo: (rows, o) => ({ ...ofEpisodes(rows, o), score: rows.map((row) => row.R - row.penalty) }),
  'dr-grpo': (rows, o) => QUANTITIES.grpo(rows, { ...o, normalization: 'mean' }),
  rloo: (rows, o) => QUANTITIES['dr-grpo'](rows, o),
  'reinforce++': (rows, o) => {
    const { mean, deviation } = slowReinforceWhitening(rows, o);
    return {
      return: rows.map((row) => row.G),
      ...penalties(rows, o),
      score: rows.map((row) => row.G - row.penalty),
      mean: rows.map(() => mean),
      deviation: rows.map(() => deviation),
    };
  },
  'reinforce++-baseline': (rows, o) => {
    const score = slowBaselineScores(rows, o);
    const { mean, deviation } = slowWhitening(score);
    return {
      ...ofEpisodes(rows, { ...o, normalization: 'mean' }),
      score,
      mean: rows.map(() => mean),
      deviation: rows.map(() => deviation),
    };
  },
  gigpo: (rows, o) => {
    const x = (row: Row) => row.G - row.penalty;
    const clusters = slowClusters(rows, o).map((members) => members.map(x));
    return {
      ...ofEpisodes(rows, o),
      return: rows.map((row) => row.G),
      score: rows.map(x),
      ...among(['visits', 'state mean', 'state std'], clusters, o, 1),
    };
  },
  g2po: (rows, o) => {
    const edges = slowEdges(rows, o);
    const ofGroup = rows.map((row) => edges.filter((edge) => edge.row.group === row.group));
    const leaving = rows.map((row, i) => ofGroup[i].filter((edge) => edge.row.key === row.key));
    return {
      ...ofEpisodes(rows, o),
      'discounted reward': edges.map((edge) => edge.discounted),
      value: edges.map((edge) => edge.V),
      'next value': edges.map((edge) => edge.next),
      gain: edges.map((edge) => edge.gain),
      ...among(
        ['visits', 'next mean', 'next std'],
        leaving.map((list) => list.map((edge) => edge.reached)),
        o,
        1,
      ),
      ...among(
        ['edges', 'gain mean', 'gain std'],
        ofGroup.map((list) => list.map((edge) => edge.gain)),
        o,
        1,
      ),
    };
  },
  hgpo: (rows, o) => {
    const x = (row: Row) => row.G - row.penalty;
    const table: Table = {
      return: rows.map((row) => row.G),
      score: rows.map(x),
      ...(o.base ? ofEpisodes(rows, o) : penalties(rows, o)),
    };
    const terms: { k: number; values: number[] }[] = o.base ? [{ k: 0, values: slowGrpo(rows, o) }] : [];
    for (let k = 1; k <= o.history + 1; k++) {
      const contexts = rows.map((row) => slowContext(rows, row, k).map(x));
      const names = ['visits', 'mean', 'std'].map((what) => `${what}, ${contextName(k)}`);
      Object.assign(table, among(names, contexts, o, 0));
      const values = rows.map((row, i) =>
        contexts[i].length === 0 ? Number.NaN : norm(x(row), contexts[i], o.normalization, 0),
      );
      terms.push({ k, values });
    }
    const weight = (k: number, i: number): number =>
      Math.abs(terms.find((term) => term.k === k)?.values[i] ?? 0) >= 1e-12 ? (k + 1) ** o.alpha : 0;
    for (const { k, values } of terms) {
      table[`advantage, ${contextName(k)}`] = values;
      table[`share, ${contextName(k)}`] = rows.map((_, i) => {
        const total = terms.reduce((sum, term) => sum + weight(term.k, i), 0);
        return Number.isNaN(values[i]) ? Number.NaN : weight(k, i) / (total + 1e-6);
      });
    }
    return table;
  },
  graphgpo: (rows, o) => {
    const distances = rows.map((row) => slowDistances(rows, o).get(row) as { own: number; next: number; x: number });
    const ofState = (row: Row) =>
      distances.filter((_, j) => rows[j].group === row.group && rows[j].key === row.key).map(({ x }) => x);
    return {
      ...ofEpisodes(rows, o),
      distance: distances.map(({ own }) => own),
      'next distance': distances.map(({ next }) => next),
      score: distances.map(({ x }) => x),
      ...among(['visits', 'state mean', 'state std'], rows.map(ofState), o, 1),
    };
  },
  bellman: (rows, o) => {
    const backups = slowBackups(rows, o);
    const of = (row: Row) => backups.get(row) as Backup;
    const credited = rows.map((row) => (of(row).given ? slowStepCredit(rows, row.group, backups) : []));
    return {
      reward: rows.map((row) => row.reward - row.penalty),
      visits: rows.map((row) => visits(rows, row)),
      value: rows.map((row) => of(row).V),
      'next value': rows.map((row) => of(row).next),
      residual: rows.map((row) => of(row).delta),
      ...among(['step values', 'step mean', 'step std'], credited, o, 1),
      ...(o.gate ? { gate: rows.map((row) => (of(row).given ? 1 : 0)), ...ofEpisodes(rows, o) } : {}),
    };
  },
  gagpo: (rows, o) => {
    const differences = slowGagpoDifferences(rows, o);
    const broadcast = {
      'episode steps': rows.map((row) => row.length),
      'episode mean': slowUnscaled(rows, differences.A, o),
    };
    return {
      ...ofDifferences(rows, differences, o),
      return: rows.map(differences.G),
      visits: rows.map((row) => visits(rows, row)),
      ...(o.broadcast ? broadcast : {}),
    };
  },
  gae: (rows, o) => ofDifferences(rows, slowGaeDifferences(rows, o), { ...o, broadcast: false }),
};

function contextName(k: number): string {
  return k === 0 ? 'episode' : k === 1 ? '1 state' : `${k} states`;
}

function visits(rows: Row[], row: Row): number {
  return rows.filter((other) => other.group === row.group && other.key === row.key).length;
}

function penalties(rows: Row[], o: Settings): Table {
  return o.invalidActionPenalty === 0 ? {} : { penalty: rows.map((row) => row.penalty) };
}

function ofEpisodes(rows: Row[], o: Settings): Table {
  const scores = rows.map((row) => scoresOfGroup(rows, row.group, o));
  const deviation = scores.map((among) => (among.length === 1 ? 1 : spread(among, 1)));
  return {
    'episode reward': rows.map((row) => row.R),
    ...penalties(rows, o),
    'group values': scores.map((among) => among.length),
    'group mean': scores.map((among) => (among.length === 1 ? 0 : average(among))),
    ...(o.normalization === 'std' ? { 'group std': deviation } : {}),
  };
}

/** Of each row count, mean and standard deviation of a list, NaN of an empty one. */
function among([count, mean, std]: string[], lists: number[][], o: Settings, ddof: number): Table {
  const of = (number: (list: number[]) => number) =>
    lists.map((list) => (list.length === 0 ? Number.NaN : number(list)));
  return {
    [count]: of((list) => list.length),
    [mean]: of(average),
    ...(o.normalization === 'std' ? { [std]: of((list) => spread(list, ddof)) } : {}),
  };
}

function ofDifferences(rows: Row[], { r, V, next, delta, A }: Differences, o: Settings): Table {
  const unscaled = slowUnscaled(rows, A, o);
  const scopes = slowScope(rows, unscaled, o);
  return {
    reward: rows.map(r),
    value: rows.map(V),
    'next value': rows.map(next),
    residual: rows.map(delta),
    'unscaled advantage': rows.map(A),
    ...(o.normalization === 'none' ? {} : { mean: scopes.map(average) }),
    ...(o.normalization === 'std' ? { std: scopes.map((list) => spread(list, o.ddof)) } : {}),
  };
}
