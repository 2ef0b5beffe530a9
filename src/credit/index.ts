/** Critic-free credit assignment: a batch of episodes in, one advantage per step out. Imports nothing, runs anywhere. */

export { similarityRatio } from '../text/sequence-matcher.ts';
export * from './algorithms.ts';
export * from './batch.ts';
export { BELLMAN_DEFAULTS, type BellmanOptions, backedUpValues, bellman } from './bellman.ts';
export { checkBatch } from './check-batch.ts';
export { type ClusterOptions, type Clusters, clusterSteps } from './clusters.ts';
export {
  type AdvantageSummary,
  type CreditDiagnostics,
  degenerateGrouping,
  diagnose,
  summarize,
} from './diagnostics.ts';
export * from './errors.ts';
export * from './explain-credit.ts';
export { type BatchOptions, batchFromEpisodes, batchFromGroups, type StateKey } from './from-episodes.ts';
export { G2PO_DEFAULTS, type G2poOptions, g2po, nodeValues } from './g2po.ts';
export { GAE_DEFAULTS, type GaeOptions, gae } from './gae.ts';
export { GAGPO_DEFAULTS, type GagpoOptions, gagpo } from './gagpo.ts';
export { GIGPO_DEFAULTS, type GigpoOptions, gigpo, gigpoStepTerm } from './gigpo.ts';
export { distancesToSuccess, GRAPHGPO_DEFAULTS, type GraphGpoOptions, graphgpo } from './graphgpo.ts';
export {
  DR_GRPO_DEFAULTS,
  type DrGrpoOptions,
  drGrpo,
  GRPO_DEFAULTS,
  type GrpoOptions,
  grpo,
  type Statistics,
} from './grpo.ts';
export { HGPO_DEFAULTS, type HgpoOptions, hgpo } from './hgpo.ts';
export type { Normalization } from './moments.ts';
export { type CreditOptions, OPTION_RULES, type OptionName, type OptionRule } from './options.ts';
export {
  REINFORCE_PLUS_PLUS_BASELINE_DEFAULTS,
  REINFORCE_PLUS_PLUS_DEFAULTS,
  type ReinforcePlusPlusBaselineOptions,
  type ReinforcePlusPlusOptions,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
} from './reinforce-plus-plus.ts';
export { discountedReturns, episodeRewards } from './returns.ts';
export { RLOO_DEFAULTS, type RlooOptions, rloo } from './rloo.ts';
