import type { StepBatch } from '../batch.ts';
import type { Clusters } from '../clusters.ts';
import { discountedRewards, type G2poOptions, type G2poWorkings, g2po } from '../g2po.ts';
import type { Trace } from '../trace.ts';
import { amongQuantities } from './among.ts';
import { type CreditExplanation, columnMaker, unitOf } from './columns.ts';
import { episodePart, episodeTerm } from './episode-part.ts';

export function explainG2po(batch: StepBatch, options: G2poOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<G2poWorkings> = {};
  const advantages = g2po(batch, options, clusters, trace);
  const { episode, nodes, value, next, nextNode, edge } = trace as G2poWorkings;
  const { stepWeight: w, normalization, invalidActionPenalty } = options;
  const column = columnMaker(batch);
  const unit = unitOf(normalization);
  const discounted = discountedRewards(batch, options.gamma);
  const less = invalidActionPenalty === 0 ? '' : ' − p·(1 − valid_t)';
  return {
    advantages,
    terms: [
      episodeTerm(column, 'A^E_t', episode),
      column(
        'next-node',
        'w·next_t',
        `How much better a state it led to than others that left its state, times w; ${unit}.`,
        (t) => {
          return w * nextNode.term[t];
        },
      ),
      column(
        'edge',
        'w·edge_t',
        `How much more value it gained than the steps of its group, times w; ${unit}.`,
        (t) => {
          return w * edge.term[t];
        },
      ),
    ],
    quantities: [
      ...episodePart(batch, column, episode, options),
      column(
        'discounted reward',
        'γ^{T_i−t+1}·R_i',
        'R_i, discounted by the steps from this one to the end; reward units.',
        (t) => discounted[t],
      ),
      column('value', 'V(s_t)', 'Mean of the discounted rewards of all visits to the state; reward units.', (t) => {
        return value[nodes.ofStep[t]];
      }),
      column(
        'next value',
        'V(s_{t+1})',
        'The same of the state reached, or that of the end; reward units.',
        (t) => next[t],
      ),
      ...amongQuantities(column, nextNode, {
        names: ['visits', 'next mean', 'next std'],
        index: 's',
        what: `V(s_{t+1})${less}`,
        steps: 'steps of the group that leave the state',
        deviation: 'Sample',
      }),
      column('gain', 'V(s_{t+1}) − V(s_t)', 'Value gained by the step; reward units.', (t) => edge.values[t]),
      ...amongQuantities(column, edge, {
        names: ['edges', 'gain mean', 'gain std'],
        index: 'g',
        what: 'V(s_{t+1}) − V(s_t)',
        steps: 'steps of the group',
        deviation: 'Sample',
      }),
    ],
  };
}
