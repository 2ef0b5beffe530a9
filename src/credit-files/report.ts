import { discountedReturns, type EpisodeRecord, findAlgorithm } from '../credit/index.ts';
import type { CreditReport, GroupDetail } from '../reports/index.ts';
import type { CreditFileResult } from './credit-file.ts';
import type { SampledGroup } from './sample.ts';

/** γ of the node values, where no algorithm asked for has one. */
const GAMMA = 0.95;
/** Characters of an observation that a page shows; the rest is counted. */
const LONGEST = 4000;

/** What the page about a rollout file shows. @param created ISO date and time */
export function creditReport(result: CreditFileResult, created: string): CreditReport {
  const { source, plans, totals, warnings, agreement, distributions, sample } = result;
  const gamma = plans.map(({ options }) => options.gamma).find((g) => g !== undefined) ?? GAMMA;
  return {
    source,
    created,
    algorithms: plans.map(({ name, options }) => ({
      name,
      description: findAlgorithm(name).description,
      options: { ...options },
    })),
    totals,
    warnings,
    agreement,
    distributions,
    groups: sample.map((group) => detail(group, gamma)),
  };
}

/** The graph of a group: a node per state, as its first visit shows it, two ends, and an edge per pair of nodes. */
function detail({ group, episodes, batch, clusters, advantages }: SampledGroup, gamma: number): GroupDetail {
  const returns = discountedReturns(batch, gamma);
  const visits = new Array<number>(clusters.count).fill(0);
  const value = new Array<number>(clusters.count).fill(0);
  const text = new Array<string>(clusters.count).fill('');
  for (let t = 0; t < batch.steps; t++) {
    const c = clusters.ofStep[t];
    if (visits[c]++ === 0) text[c] = shortened(batch.stateText?.[batch.state[t]] ?? '');
    value[c] += returns[t];
  }
  const nodes: GroupDetail['nodes'][number][] = visits.map((n, c) => ({
    text: text[c],
    visits: n,
    value: value[c] / n,
  }));

  const ends = { success: -1, failure: -1 };
  const endOf = (i: number): number => {
    const kind = batch.success[i] === 1 ? 'success' : 'failure';
    if (ends[kind] < 0) {
      const last = [...batch.success.keys()].filter((j) => (batch.success[j] === 1 ? 'success' : 'failure') === kind);
      ends[kind] = nodes.length;
      nodes.push({ text: kind, visits: last.length, value: meanReward(episodes, last), terminal: kind });
    }
    return ends[kind];
  };

  const edges = new Map<string, { from: number; to: number; count: number; sums: number[] }>();
  for (let i = 0; i < batch.episodes; i++) {
    const end = batch.episodeStart[i + 1];
    for (let t = batch.episodeStart[i]; t < end; t++) {
      const from = clusters.ofStep[t];
      const to = t + 1 < end ? clusters.ofStep[t + 1] : endOf(i);
      const key = `${from} ${to}`;
      const edge = edges.get(key) ?? { from, to, count: 0, sums: advantages.map(() => 0) };
      edge.count++;
      for (const [p, column] of advantages.entries()) edge.sums[p] += column[t];
      edges.set(key, edge);
    }
  }
  return {
    group,
    nodes,
    edges: [...edges.values()].map(({ from, to, count, sums }) => ({
      from,
      to,
      count,
      advantages: sums.map((sum) => sum / count),
    })),
    episodes: episodes.map((episode, i) => ({
      id: episode.id ?? `episode ${i + 1}`,
      success: batch.success[i] === 1,
      truncated: batch.truncated[i] === 1,
      reward: rewardOf(episode),
      steps: episode.steps.map((step, t) => {
        const row = batch.episodeStart[i] + t;
        const seen = step.observation;
        return {
          node: clusters.ofStep[row],
          ...(seen === undefined || seen === batch.stateText?.[batch.state[row]]
            ? {}
            : { observation: shortened(seen) }),
          action: shortened(actionOf(step)),
          reward: step.reward,
          valid: step.valid !== false,
          advantages: advantages.map((column) => column[row]),
        };
      }),
    })),
  };
}

function rewardOf(episode: EpisodeRecord): number {
  return episode.steps.reduce((sum, { reward }) => sum + reward, 0);
}

function meanReward(episodes: readonly EpisodeRecord[], which: readonly number[]): number {
  return which.reduce((sum, i) => sum + rewardOf(episodes[i]), 0) / which.length;
}

/** Credit does not need the action, so that nobody has checked it. */
function actionOf(step: object): string {
  const { action } = step as { action?: unknown };
  if (action === undefined || action === null) return '';
  return typeof action === 'string' ? action : JSON.stringify(action);
}

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}… (${text.length - LONGEST} more characters)`;
}
