import type { Objective } from '../objectives/objective.ts';
import { sequenceForward, weightInputs } from './decoder.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';
import { Graph, type Value } from './graph.ts';
import {
  add,
  clamp,
  detach,
  exp,
  lessOrEqual,
  mul,
  neg,
  reshape,
  select,
  sizes,
  sub,
  sumAll,
  sumLast,
  tokenLogprobs,
} from './operations.ts';

/**
 * The graphs that score and train. Responses are rows of a table: A actions × L tokens, short ones padded; R = A·L.
 */

/** log-ratios beyond ±20 are cut before exp (as verl does), so that a wild token gives a large number and not infinity. */
const LOG_RATIO_LIMIT = 20;

interface Scored {
  readonly embedded: Value;
  readonly weights: ReadonlyMap<string, Value>;
  /** [A, L] */
  readonly logprob: Value;
  readonly entropy: Value;
}

function score(g: Graph, config: DecoderConfig, like: Value, differentiateEntropy: boolean): Scored {
  const weights = weightInputs(g, config);
  const { embedded, logits } = sequenceForward(g, config, weights);
  const scaled = mul(g, logits, g.input('inverse_temperature', 'float32', []));
  const { logprob, entropy } = tokenLogprobs(g, scaled, g.input('targets', 'int32', ['R', 1]), differentiateEntropy);
  const table = (v: Value): Value => reshape(g, v, ['A', 'L'], sizes(g, like, [{ axis: 0 }, { axis: 1 }]));
  return { embedded, weights, logprob: table(logprob), entropy: table(entropy) };
}

/** Log-probability and entropy of every response token: outputs `logprob`, `entropy` [A, L]. Its shape comes from `mask`. */
export function buildScore(config: DecoderConfig): Graph {
  const g = new Graph('score');
  const { logprob, entropy } = score(g, config, g.input('mask', 'float32', ['A', 'L']), false);
  g.output('logprob', logprob);
  g.output('entropy', entropy);
  return g;
}

/**
 * Loss and its gradient with respect to every parameter, as defined in objectives/. Inputs beside those of sequenceForward:
 * `mask`, `weight`, `old`, `ref` [A, L], `advantage`, `inverse_length` [A, 1] and the scalars of the objective.
 * Outputs: `loss`, `logprob`, `entropy`, `d.NAME` per parameter (the output head's share for tied embeddings) and
 * `d.embedded` [N, D], which the host adds into the embedding rows: token ids repeat, and an adding scatter on
 * several threads loses updates.
 */
export function buildTraining(config: DecoderConfig, objective: Objective): Graph {
  const g = new Graph(`train-${objective.loss}`);
  const mask = g.input('mask', 'float32', ['A', 'L']);
  const { embedded, weights, logprob, entropy } = score(g, config, mask, objective.entropyCoefficient !== 0);
  let perToken = tokenLoss(g, objective, logprob, mask);
  if (objective.klCoefficient !== 0) perToken = add(g, perToken, klTerm(g, objective, logprob));
  if (objective.entropyCoefficient !== 0) {
    perToken = sub(g, perToken, mul(g, entropy, g.input('entropy_coefficient', 'float32', [])));
  }
  const loss = sumAll(g, mul(g, perToken, g.input('weight', 'float32', ['A', 'L'])));
  const names = trainedInGraph(config);
  const gradients = g.gradients(loss, [embedded, ...names.map((n) => weights.get(n)!)]);
  g.output('loss', loss);
  g.output('logprob', logprob);
  g.output('entropy', entropy);
  g.output('d.embedded', gradients[0]);
  names.forEach((name, i) => g.output(`d.${name}`, gradients[i + 1]));
  return g;
}

/** Parameters whose gradient the graph hands back; an untied embedding gets all of its from `d.embedded`. */
export function trainedInGraph(config: DecoderConfig): string[] {
  const names = parameterLayout(config).specs.map((p) => p.name);
  return config.tiedEmbeddings ? names : names.filter((n) => n !== 'model.embed_tokens.weight');
}

function tokenLoss(g: Graph, objective: Objective, logprob: Value, mask: Value): Value {
  const advantage = g.input('advantage', 'float32', ['A', 1]);
  if (objective.loss === 'imitation') return neg(g, mul(g, logprob, advantage));
  const ratio = importanceRatio(g, objective, logprob, mask);
  const low = g.input('ratio_low', 'float32', []);
  const high = g.input('ratio_high', 'float32', []);
  if (objective.loss === 'cispo') {
    return neg(g, mul(g, mul(g, detach(g, clamp(g, ratio, low, high)), advantage), logprob));
  }
  const plain = neg(g, mul(g, ratio, advantage));
  const clipped = neg(g, mul(g, clamp(g, ratio, low, high), advantage));
  let loss = select(g, lessOrEqual(g, clipped, plain), plain, clipped);
  if (objective.dualClip > 0) {
    // For A < 0 the loss is at most −c·A, which has no gradient.
    const bound = add(g, neg(g, mul(g, g.input('dual_clip', 'float32', []), advantage)), mul(g, ratio, g.scalar(0)));
    const within = g.node(
      'Or',
      [lessOrEqual(g, loss, bound), lessOrEqual(g, g.scalar(0), advantage)],
      ['A', 'L'],
      {},
      { dtype: 'bool' },
    );
    loss = select(g, within, loss, detach(g, bound));
  }
  return loss;
}

/** π/π_old of every token, or of its whole action: exp of the mean log-ratio over the action's tokens. [A, L] */
function importanceRatio(g: Graph, objective: Objective, logprob: Value, mask: Value): Value {
  const difference = mul(g, sub(g, logprob, g.input('old', 'float32', ['A', 'L'])), mask);
  const limit = (v: Value): Value => clamp(g, v, g.scalar(-LOG_RATIO_LIMIT), g.scalar(LOG_RATIO_LIMIT));
  if (objective.ratio === 'token') return exp(g, limit(difference));
  const mean = mul(g, sumLast(g, difference), g.input('inverse_length', 'float32', ['A', 1]));
  const ones = g.node('Expand', [g.scalar(1), sizes(g, mask, [{ axis: 0 }, { axis: 1 }])], ['A', 'L']);
  return exp(g, limit(mul(g, mean, ones)));
}

/** klCoefficient · KL estimator (Schulman 2020: k1, k2, k3) of π against the reference. */
function klTerm(g: Graph, objective: Objective, logprob: Value): Value {
  const apart = sub(g, logprob, g.input('ref', 'float32', ['A', 'L']));
  const coefficient = g.input('kl_coefficient', 'float32', []);
  if (objective.klKind === 'k1') return mul(g, apart, coefficient);
  if (objective.klKind === 'k2') return mul(g, mul(g, mul(g, apart, apart), g.scalar(0.5)), coefficient);
  const back = neg(g, clamp(g, apart, g.scalar(-LOG_RATIO_LIMIT), g.scalar(LOG_RATIO_LIMIT)));
  return mul(g, sub(g, sub(g, exp(g, back), back), g.scalar(1)), coefficient);
}
