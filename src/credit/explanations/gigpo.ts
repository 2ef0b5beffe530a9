import type { StepBatch } from '../batch.ts';
import type { Clusters } from '../clusters.ts';
import { type GigpoOptions, type GigpoWorkings, gigpo } from '../gigpo.ts';
import type { Trace } from '../trace.ts';
import { amongQuantities } from './among.ts';
import { type CreditExplanation, columnMaker, unitOf } from './columns.ts';
import { episodePart, episodeTerm } from './episode-part.ts';
import { returnQuantity, scoreQuantity } from './scores.ts';

export function explainGigpo(batch: StepBatch, options: GigpoOptions, clusters?: Clusters): CreditExplanation {
  const trace: Trace<GigpoWorkings> = {};
  const advantages = gigpo(batch, options, clusters, trace);
  const { episode, returns, step } = trace as GigpoWorkings;
  const { stepWeight: w, invalidActionPenalty, normalization } = options;
  const column = columnMaker(batch);
  const better = `How much more than the mean of its state was earned from the step on, times w; ${unitOf(normalization)}.`;
  return {
    advantages,
    terms: [episodeTerm(column, 'A^E_t', episode), column('step', 'w·A^S_t', better, (t) => w * step.term[t])],
    quantities: [
      ...episodePart(batch, column, episode, options),
      returnQuantity(column, returns),
      scoreQuantity(column, step.values, 'G_t', invalidActionPenalty),
      ...amongQuantities(column, step, {
        names: ['visits', 'state mean', 'state std'],
        index: 'c',
        what: 'x_t',
        steps: 'steps of the group in the same state',
        deviation: 'Sample',
      }),
    ],
  };
}
