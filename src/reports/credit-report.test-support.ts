import type { CreditReport, EpisodeDetail, GroupDetail } from './credit-report-data.ts';

export interface ReportSize {
  readonly groups: number;
  readonly episodes: number;
  /** Steps of each episode. */
  readonly steps: number;
  /** Distinct states a group may visit. */
  readonly states: number;
  readonly algorithms: number;
  /** Replaces the observation of every state. */
  readonly text?: string;
}

/** A report of episodes that wander among numbered places, with advantages at random: the shape of a real one. */
export function wanderingReport({ groups, episodes, steps, states, algorithms, text }: ReportSize): CreditReport {
  const random = generator(groups * 31 + steps);
  const names = Array.from({ length: algorithms }, (_, a) => `algorithm-${a + 1}`);
  const advantages = () => names.map((_, a) => (random() - 0.5) * (a + 1) * 2);
  const matrix = (high: number) => names.map((_, i) => names.map((_, j) => (i === j ? 1 : high * (random() - 0.3))));
  const details: GroupDetail[] = [];
  for (let g = 0; g < groups; g++) {
    const visits = new Map<number, number>();
    const node = new Map<number, number>();
    const edges = new Map<string, { from: number; to: number; count: number; advantages: number[] }>();
    const list: EpisodeDetail[] = [];
    for (let e = 0; e < episodes; e++) {
      let place = 0;
      const path = Array.from({ length: steps }, () => {
        const here = place;
        place = Math.min(states - 1, Math.max(0, place + Math.floor((random() - 0.35) * 9)));
        if (!node.has(here)) node.set(here, node.size);
        visits.set(here, (visits.get(here) ?? 0) + 1);
        return here;
      });
      list.push({
        id: `g${g}t${e}`,
        success: e % 2 === 0,
        truncated: e % 4 === 1,
        reward: e % 2 === 0 ? 10 : 0,
        steps: path.map((here, t) => ({
          node: node.get(here) as number,
          action: text ?? `go to place ${path[t + 1] ?? 'the end'}`,
          reward: t === steps - 1 && e % 2 === 0 ? 10 : 0,
          valid: t % 7 !== 3,
          advantages: advantages(),
        })),
      });
    }
    const [success, failure] = [node.size, node.size + 1];
    for (const episode of list) {
      episode.steps.forEach((step, t) => {
        const to = episode.steps[t + 1]?.node ?? (episode.success ? success : failure);
        const edge = edges.get(`${step.node}>${to}`) ?? { from: step.node, to, count: 0, advantages: advantages() };
        edges.set(`${step.node}>${to}`, { ...edge, count: edge.count + 1 });
      });
    }
    details.push({
      group: text ?? `g${g}`,
      nodes: [
        ...[...node.keys()].map((here) => ({
          text: text ?? `You are at place ${here}. Around you: places near ${here}.\n\nYour task: go far away.`,
          visits: visits.get(here) as number,
          value: 10 * random(),
        })),
        { text: 'Success', visits: Math.ceil(episodes / 2), value: 10, terminal: 'success' },
        { text: 'Failure', visits: Math.floor(episodes / 2), value: 0, terminal: 'failure' },
      ],
      edges: [...edges.values()],
      episodes: list,
    });
  }
  return {
    source: text ?? 'rollouts.jsonl',
    created: '2026-01-02',
    algorithms: names.map((name) => ({
      name,
      description: text ?? 'At random.',
      options: { gamma: 0.95, base: true },
    })),
    totals: {
      episodes: groups * episodes,
      groups: groups + 1,
      steps: groups * episodes * steps,
      successRate: 0.5,
      truncatedEpisodes: groups,
      states: groups * states,
      singletonShare: 0.125,
      zeroVarianceGroups: 0,
    },
    warnings: [text ?? 'A sentence that must not be missed.'],
    agreement: { pearson: matrix(1), spearman: matrix(0.8), sign: matrix(0.9) },
    distributions: names.map((_, a) => {
      const high = a + 1;
      const edges = Array.from({ length: 21 }, (_, i) => high * (i / 10 - 1));
      const counts = Array.from({ length: 20 }, () => Math.floor(100 * random()));
      const [p05, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => high * (2 * q - 1));
      const std = (2 * high) / Math.sqrt(12);
      return { edges, counts, mean: 0, std, p05, p25, p50, p75, p95, zeroShare: 0, shareAboveOne: 1 - 1 / high };
    }),
    groups: details,
  };
}

/** Numbers 0 … 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
