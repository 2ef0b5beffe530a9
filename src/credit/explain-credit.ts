import { type AlgorithmName, resolveOptions } from './algorithms.ts';
import type { StepBatch } from './batch.ts';
import { checkBatch } from './check-batch.ts';
import { type Clusters, clusterSteps } from './clusters.ts';
import { explainBellman } from './explanations/bellman.ts';
import type { CreditExplanation } from './explanations/columns.ts';
import { explainG2po } from './explanations/g2po.ts';
import { explainGigpo } from './explanations/gigpo.ts';
import { explainGraphgpo } from './explanations/graphgpo.ts';
import { explainHgpo } from './explanations/hgpo.ts';
import { explainGae, explainGagpo } from './explanations/temporal-difference.ts';
import {
  explainDrGrpo,
  explainGrpo,
  explainReinforcePlusPlus,
  explainReinforcePlusPlusBaseline,
  explainRloo,
} from './explanations/whole-episodes.ts';
import type { CreditOptions } from './options.ts';

export type { CreditColumn, CreditExplanation } from './explanations/columns.ts';

/** Takes all options of its algorithm; `resolveOptions` guards the way from any options to these. */
type Explain = (batch: StepBatch, options: never, clusters: Clusters) => CreditExplanation;

// Not a part of ALGORITHMS, so that a page that explains nothing need not load it.
const EXPLANATIONS: Readonly<Record<AlgorithmName, Explain>> = {
  gagpo: explainGagpo,
  gigpo: explainGigpo,
  g2po: explainG2po,
  hgpo: explainHgpo,
  graphgpo: explainGraphgpo,
  bellman: explainBellman,
  grpo: explainGrpo,
  'dr-grpo': explainDrGrpo,
  rloo: explainRloo,
  'reinforce++': explainReinforcePlusPlus,
  'reinforce++-baseline': explainReinforcePlusPlusBaseline,
  gae: explainGae,
};

/**
 * Why each step of the batch gets the credit it gets: its advantage as a sum of terms, and the quantities from which they
 * are computed. Which columns there are depends on the algorithm and its options alone, not on the batch. The batch is
 * not changed, and no column shares its memory with another or with the batch.
 *
 * @param clusters which steps share a state, where already known.
 * @throws UnknownAlgorithmError, CreditOptionError, CreditBatchError, as `assignCredit`.
 */
export function explainCredit(
  batch: StepBatch,
  name: AlgorithmName | (string & {}),
  options: CreditOptions = {},
  clusters?: Clusters,
): CreditExplanation {
  const resolved = resolveOptions(name, options as Readonly<Record<string, unknown>>);
  checkBatch(batch);
  return EXPLANATIONS[name as AlgorithmName](batch, resolved as never, clusters ?? clusterSteps(batch, resolved));
}
