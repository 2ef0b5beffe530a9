/** Critic-free credit assignment: a batch of episodes in, one advantage per step out. Imports nothing, runs anywhere. */

export { similarityRatio } from '../text/sequence-matcher.ts';
export * from './algorithms.ts';
export * from './batch.ts';
export * from './bellman.ts';
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
export { type BatchOptions, batchFromEpisodes, batchFromGroups, type StateKey } from './from-episodes.ts';
export * from './g2po.ts';
export * from './gae.ts';
export * from './gagpo.ts';
export * from './gigpo.ts';
export * from './graphgpo.ts';
export {
  DR_GRPO_DEFAULTS,
  type DrGrpoOptions,
  drGrpo,
  GRPO_DEFAULTS,
  type GrpoOptions,
  grpo,
  type Statistics,
} from './grpo.ts';
export * from './hgpo.ts';
export type { Normalization } from './moments.ts';
export { type CreditOptions, OPTION_RULES, type OptionName, type OptionRule } from './options.ts';
export * from './reinforce-plus-plus.ts';
export { discountedReturns, episodeRewards } from './returns.ts';
export * from './rloo.ts';
