import { nearestName } from '../text/nearest-name.ts';
import type { StepBatch } from './batch.ts';
import { BELLMAN_DEFAULTS, bellman } from './bellman.ts';
import { checkBatch } from './check-batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { type CreditDiagnostics, diagnose } from './diagnostics.ts';
import { UnknownAlgorithmError } from './errors.ts';
import { G2PO_DEFAULTS, g2po } from './g2po.ts';
import { GAE_DEFAULTS, gae } from './gae.ts';
import { GAGPO_DEFAULTS, gagpo } from './gagpo.ts';
import { GIGPO_DEFAULTS, gigpo } from './gigpo.ts';
import { GRAPHGPO_DEFAULTS, graphgpo } from './graphgpo.ts';
import { DR_GRPO_DEFAULTS, drGrpo, GRPO_DEFAULTS, grpo } from './grpo.ts';
import { HGPO_DEFAULTS, hgpo } from './hgpo.ts';
import {
  type CreditOptions,
  checkOptions,
  OPTION_RULES,
  type OptionName,
  type OptionRule,
  withDefaults,
} from './options.ts';
import {
  REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS,
  REINFORCE_PLUS_PLUS_DEFAULTS,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
} from './reinforce-plus-plus.ts';
import { RLOO_DEFAULTS, rloo } from './rloo.ts';

/** One row of the table of algorithms. */
export interface Algorithm {
  /** One sentence. */
  readonly description: string;
  /** Where it comes from; without `arxiv` where there is no public paper. */
  readonly paper: { readonly title: string; readonly arxiv?: string };
  /** Every option the algorithm takes, with its default. */
  readonly defaults: CreditOptions;
  /** What each of these options may be. */
  readonly rules: Readonly<Record<string, OptionRule>>;
  /** Whether it works on the values of a critic. */
  readonly needsValues: boolean;
  /** Whether, with these options, the credit of a group depends on the other groups of the batch. */
  wholeBatch(options: CreditOptions): boolean;
  /** Advantages (steps). The options must fit `rules`; `clusters` says which steps share a state, where known. */
  run(batch: StepBatch, options?: CreditOptions, clusters?: Clusters): Float64Array;
}

const REINFORCE_PLUS_PLUS_PAPER = {
  title: 'REINFORCE++: Stabilizing Critic-Free Policy Optimization with Global Advantage Normalization',
  arxiv: '2501.03262',
};

/** Advantages that have a scale of their own may keep it. */
const SCALING_RULES = {
  normalization: { ...OPTION_RULES.normalization, kind: 'choice', choices: ['std', 'mean', 'none'] },
} as const satisfies Partial<Record<OptionName, OptionRule>>;

/** Every algorithm by name. */
export const ALGORITHMS = {
  gagpo: row({
    description: 'Generalized advantage estimation over turns, with the mean return of a state in its group as value.',
    paper: { title: 'GAGPO: Generalized Advantage Grouped Policy Optimization', arxiv: '2605.13217' },
    defaults: GAGPO_DEFAULTS,
    rules: SCALING_RULES,
    wholeBatch: ({ scope, normalization }) => scope === 'batch' && normalization !== 'none',
    run: gagpo,
  }),
  gigpo: row({
    description: 'Episode reward against the group, plus discounted return against other visits to the same state.',
    paper: { title: 'Group-in-Group Policy Optimization for LLM Agent Training', arxiv: '2505.10978' },
    defaults: GIGPO_DEFAULTS,
    run: gigpo,
  }),
  g2po: row({
    description: 'Episode reward against the group, plus two terms on the graph of states that the group walked.',
    paper: {
      title: 'Group-Graph Policy Optimization for Long-Horizon Agentic Reinforcement Learning',
      arxiv: '2606.22995',
    },
    defaults: G2PO_DEFAULTS,
    run: g2po,
  }),
  hgpo: row({
    description: 'Discounted return against the steps that share the last states, averaged over how many they share.',
    paper: { title: 'Hierarchy-of-Groups Policy Optimization for Long-Horizon Agentic Tasks', arxiv: '2602.22817' },
    defaults: HGPO_DEFAULTS,
    run: hgpo,
  }),
  graphgpo: row({
    description: 'Episode reward against the group, plus how much nearer to success each step led on the graph.',
    paper: {
      title: 'Beyond Trajectory-Level Attribution: Graph-Based Credit Assignment for Agentic Reinforcement Learning',
      arxiv: '2605.26684',
    },
    defaults: GRAPHGPO_DEFAULTS,
    run: graphgpo,
  }),
  bellman: row({
    description: 'TD residual of values backed up over the graph where it branches, episode reward elsewhere.',
    paper: { title: 'The idea of Gated-BEPO; the details are our own' },
    defaults: BELLMAN_DEFAULTS,
    run: bellman,
  }),
  grpo: row({
    description: 'Episode reward standardized within the group.',
    paper: {
      title: 'DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models',
      arxiv: '2402.03300',
    },
    defaults: GRPO_DEFAULTS,
    run: (batch, options) => grpo(batch, options),
  }),
  'dr-grpo': row({
    description: 'Episode reward against the mean of the group, not divided by the standard deviation.',
    paper: { title: 'Understanding R1-Zero-Like Training: A Critical Perspective', arxiv: '2503.20783' },
    defaults: DR_GRPO_DEFAULTS,
    run: (batch, options) => drGrpo(batch, options),
  }),
  rloo: row({
    description: 'Episode reward against the mean of the others in the group.',
    paper: {
      title: 'Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs',
      arxiv: '2402.14740',
    },
    defaults: RLOO_DEFAULTS,
    run: (batch, options) => rloo(batch, options),
  }),
  'reinforce++': row({
    description: 'Discounted return whitened over the batch.',
    paper: REINFORCE_PLUS_PLUS_PAPER,
    defaults: REINFORCE_PLUS_PLUS_DEFAULTS,
    wholeBatch: () => true,
    run: (batch, options) => reinforcePlusPlus(batch, options),
  }),
  'reinforce++-baseline': row({
    description: 'Episode reward against the mean of the group, whitened over the batch.',
    paper: REINFORCE_PLUS_PLUS_PAPER,
    defaults: REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS,
    wholeBatch: () => true,
    run: (batch, options) => reinforcePlusPlusBaseline(batch, options),
  }),
  gae: row({
    description:
      'Generalized advantage estimation over turns with the values of a critic, which every step must carry.',
    paper: {
      title: 'High-Dimensional Continuous Control Using Generalized Advantage Estimation',
      arxiv: '1506.02438',
    },
    defaults: GAE_DEFAULTS,
    rules: SCALING_RULES,
    needsValues: true,
    wholeBatch: ({ scope, normalization }) => scope === 'batch' && normalization !== 'none',
    run: (batch, options) => gae(batch, options),
  }),
} satisfies Record<string, Algorithm>;

export type AlgorithmName = keyof typeof ALGORITHMS;

/** The names of the table, in its order. */
export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as AlgorithmName[];

/**
 * The algorithm of that name.
 *
 * @throws UnknownAlgorithmError naming the nearest name, where one is near.
 */
export function findAlgorithm(name: string): Algorithm {
  if (!Object.hasOwn(ALGORITHMS, name)) {
    throw new UnknownAlgorithmError(name, nearestName(name, ALGORITHM_NAMES), ALGORITHM_NAMES);
  }
  return ALGORITHMS[name as AlgorithmName];
}

/**
 * The options an algorithm will run with: those given, checked, over its defaults.
 *
 * @throws UnknownAlgorithmError, CreditOptionError.
 */
export function resolveOptions(name: string, options: Readonly<Record<string, unknown>> = {}): CreditOptions {
  const { defaults, rules } = findAlgorithm(name);
  checkOptions(name, options, rules);
  return withDefaults(defaults, options as CreditOptions);
}

/** Advantages of a batch, with what there is to know about them. */
export interface Credit {
  /** (steps) */
  readonly advantages: Float64Array;
  readonly diagnostics: CreditDiagnostics;
}

/**
 * One advantage per step of the batch, by the algorithm of that name. The batch is not changed.
 *
 * @throws UnknownAlgorithmError, CreditOptionError, CreditBatchError.
 */
export function assignCredit(
  batch: StepBatch,
  name: AlgorithmName | (string & {}),
  options: CreditOptions = {},
): Credit {
  const resolved = resolveOptions(name, options as Readonly<Record<string, unknown>>);
  checkBatch(batch);
  const clusters = clusterSteps(batch, resolved);
  const advantages = findAlgorithm(name).run(batch, resolved, clusters);
  return { advantages, diagnostics: diagnose(batch, advantages, clusters) };
}

/** Ties an algorithm's own option type to the table's; `checkOptions` guards the way from one to the other. */
function row<O extends CreditOptions>(entry: {
  description: string;
  paper: Algorithm['paper'];
  defaults: O;
  /** Where the algorithm differs from the rules shared by all. */
  rules?: Partial<Record<OptionName, OptionRule>>;
  needsValues?: boolean;
  wholeBatch?(options: CreditOptions): boolean;
  run(batch: StepBatch, options: Partial<O>, clusters?: Clusters): Float64Array;
}): Algorithm {
  const rules: Record<string, OptionRule> = {};
  for (const name of Object.keys(entry.defaults) as OptionName[])
    rules[name] = entry.rules?.[name] ?? OPTION_RULES[name];
  return {
    description: entry.description,
    paper: entry.paper,
    defaults: entry.defaults,
    rules,
    needsValues: entry.needsValues ?? false,
    wholeBatch: entry.wholeBatch ?? (() => false),
    run: (batch, options = {}, clusters) => entry.run(batch, options as Partial<O>, clusters),
  };
}
