import type { StepBatch } from '../batch.ts';
import type { Clusters } from '../clusters.ts';
import { distancesOfNext, type GraphGpoOptions, type GraphGpoWorkings, graphgpo } from '../graphgpo.ts';
import type { Trace } from '../trace.ts';
import { amongQuantities } from './among.ts';
import { type CreditExplanation, columnMaker, unitOf } from './columns.ts';
import { episodePart, episodeTerm } from './episode-part.ts';

export function explainGraphgpo(batch: StepBatch, options: GraphGpoOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<GraphGpoWorkings> = {};
  const advantages = graphgpo(batch, options, clusters, trace);
  const { episode, nodes, distances, next, step } = trace as GraphGpoWorkings;
  const column = columnMaker(batch);
  const unit = unitOf(options.normalization);
  const ofNext = distancesOfNext(nodes, next, distances);
  const nearer = `How much nearer to success it led than others that left its state, times b_G; ${unit}.`;
  return {
    advantages,
    terms: [
      episodeTerm(column, 'b_E·A^E_t', episode, (x) => options.episodeWeight * x),
      column('step', 'b_G·A^G_t', nearer, (t) => options.stepWeight * step.term[t]),
    ],
    quantities: [
      ...episodePart(batch, column, episode, options),
      column('distance', 'd(s_t)', 'Fewest observed steps from the state to success, or d_max + 1; steps.', (t) => {
        return distances.ofNode[nodes.ofStep[t]];
      }),
      column('next distance', 'd(s_{t+1})', 'The same of the state reached, 0 of success; steps.', (t) => ofNext[t]),
      column('score', 'x_t', 'successReward·ω^(d(s_{t+1}) + 1); reward units.', (t) => step.values[t]),
      ...amongQuantities(column, step, {
        names: ['visits', 'state mean', 'state std'],
        index: 's',
        what: 'x_t',
        steps: 'steps of the group that leave the state',
        deviation: 'Sample',
      }),
    ],
  };
}
