import type { StepBatch } from '../batch.ts';
import { type BellmanOptions, type BellmanWorkings, bellman } from '../bellman.ts';
import type { Clusters } from '../clusters.ts';
import type { Trace } from '../trace.ts';
import { amongQuantities } from './among.ts';
import { type CreditExplanation, columnMaker, overStd, unitOf } from './columns.ts';
import { episodePart, episodeTerm } from './episode-part.ts';

export function explainBellman(batch: StepBatch, options: BellmanOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<BellmanWorkings> = {};
  const advantages = bellman(batch, options, clusters, trace);
  const { episode, nodes, next, reward, value, step } = trace as BellmanWorkings;
  const { stepWeight: w, normalization, gate } = options;
  const column = columnMaker(batch);
  const visits = new Int32Array(nodes.count);
  for (const node of nodes.ofStep) visits[node]++;
  const given = (t: number): boolean => step.segment[t] >= 0;
  const better = `How much better it turned out than its state let expect, times w; ${unitOf(normalization)}.`;
  return {
    advantages,
    terms: [
      column('step', `w·${overStd('(δ_t − mean_g)', 'std_g', normalization)}`, better, (t) => {
        return given(t) ? w * step.term[t] : Number.NaN;
      }),
      ...(gate ? [episodeTerm(column, 'GRPO_t', episode, (x, t) => (given(t) ? Number.NaN : x))] : []),
    ],
    quantities: [
      column('reward', 'r_t', 'Reward less the penalty of an invalid action; reward units.', (t) => reward[t]),
      column('visits', 'n(s_t)', 'Count of the steps of the group in the state.', (t) => visits[nodes.ofStep[t]]),
      column('value', 'V(s_t)', 'Mean of r_t + γ·V(s_{t+1}) over all visits to the state; reward units.', (t) => {
        return value[nodes.ofStep[t]];
      }),
      column('next value', 'V(s_{t+1})', 'The same of the state reached, 0 after an end; reward units.', (t) => {
        return next[t] >= 0 ? value[next[t]] : 0;
      }),
      column('residual', 'δ_t', 'r_t + γ·V(s_{t+1}) − V(s_t); reward units.', (t) => step.values[t]),
      ...(gate
        ? [
            column('gate', 'gate(s_t)', '1 where steps led on from the state to at least two others, else 0.', (t) => {
              return given(t) ? 1 : 0;
            }),
          ]
        : []),
      ...amongQuantities(column, step, {
        names: ['step values', 'step mean', 'step std'],
        index: 'g',
        what: 'δ_t',
        steps: 'steps of the group that get step credit',
        deviation: 'Sample',
      }),
      ...(gate ? episodePart(batch, column, episode, options) : []),
    ],
  };
}
