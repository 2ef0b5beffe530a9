import type { Objective } from '../objectives/objective.ts';
import { head, type Network, sequenceForward, type Weights, weightInputs } from './decoder.ts';
import { parameterLayout } from './files/parameters.ts';
import { Graph, type Value } from './graph.ts';
import { adapterLayout } from './lora.ts';
import {
  add,
  clamp,
  detach,
  exp,
  join,
  lessOrEqual,
  mul,
  neg,
  reshape,
  select,
  sizes,
  split,
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

/** How a graph trades memory for time; the result is the same. */
export interface GraphPlan {
  /** Finish the way back of one layer before that of the next begins, see Graph.stage. */
  readonly staged: boolean;
  /** Compute layers again on the way back instead of keeping them; needs `staged`. */
  readonly recompute: boolean;
  /** Pieces that attention's queries are cut into; the padded width must be a multiple. */
  readonly attentionChunks: number;
  /** Pieces that the rows of logits are cut into; the padded number of response tokens must be a multiple. */
  readonly headChunks: number;
}

export const PLAIN: GraphPlan = { staged: false, recompute: false, attentionChunks: 1, headChunks: 1 };

interface Scored {
  readonly embedded: Value;
  readonly weights: Weights;
  /** [A, L] */
  readonly logprob: Value;
  readonly entropy: Value;
}

interface ScoreOptions extends GraphPlan {
  readonly training: boolean;
  readonly differentiateEntropy: boolean;
}

function score(g: Graph, network: Network, like: Value, options: ScoreOptions): Scored {
  const { config, lora } = network;
  const weights = weightInputs(g, network);
  const dropout = options.training ? (lora?.dropout ?? 0) : 0;
  const { embedded, hidden } = sequenceForward(g, network, weights, { ...options, dropout });
  const inverseTemperature = g.input('inverse_temperature', 'float32', []);
  const targets = split(g, g.input('targets', 'int32', ['R', 1]), options.headChunks, 0);
  const chunks = split(g, hidden, options.headChunks, 0).map((rows, i) => {
    const part = ([x]: readonly Value[]): readonly Value[] => {
      const scaled = mul(g, head(g, x, config, weights), inverseTemperature);
      const { logprob, entropy } = tokenLogprobs(g, scaled, targets[i], options.differentiateEntropy);
      return [logprob, entropy];
    };
    return options.headChunks > 1 ? g.stage([rows], true, part) : part([rows]);
  });
  const table = (v: Value): Value => reshape(g, v, ['A', 'L'], sizes(g, like, [{ axis: 0 }, { axis: 1 }]));
  const [logprob, entropy] = [0, 1].map((kind) =>
    table(
      join(
        g,
        chunks.map((c) => c[kind]),
        0,
      ),
    ),
  );
  return { embedded, weights, logprob, entropy };
}

/** Log-probability and entropy of every response token: outputs `logprob`, `entropy` [A, L]. Its shape comes from `mask`. */
export function buildScore(network: Network, plan: GraphPlan = PLAIN): Graph {
  const g = new Graph('score', network.portable);
  const like = g.input('mask', 'float32', ['A', 'L']);
  const { logprob, entropy } = score(g, network, like, { ...plan, training: false, differentiateEntropy: false });
  g.output('logprob', logprob);
  g.output('entropy', entropy);
  return g;
}

/**
 * Loss and its gradient with respect to every trained parameter, as defined in objectives/. Inputs beside those of sequenceForward:
 * `mask`, `weight`, `old`, `ref` [A, L], `advantage`, `inverse_length` [A, 1] and the scalars of the objective.
 * Outputs: `loss`, `logprob`, `entropy`, `d.NAME` per parameter (the output head's share for tied embeddings) and, where the embedding
 * is trained, `d.embedded` [N, D], which the host adds into the embedding rows: token ids repeat, and an adding scatter on
 * several threads loses updates.
 */
export function buildTraining(network: Network, objective: Objective, plan: GraphPlan = PLAIN): Graph {
  const g = new Graph(`train-${objective.loss}`, network.portable);
  const mask = g.input('mask', 'float32', ['A', 'L']);
  const differentiateEntropy = objective.entropyCoefficient !== 0;
  const scored = score(g, network, mask, { ...plan, training: true, differentiateEntropy });
  const { embedded, weights, logprob, entropy } = scored;
  let perToken = tokenLoss(g, objective, logprob, mask);
  if (objective.klCoefficient !== 0) perToken = add(g, perToken, klTerm(g, objective, logprob));
  if (objective.entropyCoefficient !== 0) {
    perToken = sub(g, perToken, mul(g, entropy, g.input('entropy_coefficient', 'float32', [])));
  }
  const loss = sumAll(g, mul(g, perToken, g.input('weight', 'float32', ['A', 'L'])));
  const names = trainedInGraph(network);
  const leaves = [...(network.lora ? [] : [embedded]), ...names.map((n) => weights.get(n)!)];
  const gradients = g.gradients(loss, leaves);
  g.output('loss', loss);
  g.output('logprob', logprob);
  g.output('entropy', entropy);
  const labels = [...(network.lora ? [] : ['embedded']), ...names];
  // Rows of the embedding are added up on the host, everything else stays where the optimizer is.
  labels.forEach((label, i) => {
    if (label === 'embedded') g.output('d.embedded', gradients[i]);
    else g.keep(`d.${label}`, gradients[i]);
  });
  return g;
}

/** Parameters whose gradient the graph hands back; an untied embedding gets all of its from `d.embedded`. */
export function trainedInGraph({ config, lora }: Network): string[] {
  if (lora) return adapterLayout(config, lora).specs.map((p) => p.name);
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
    const bounded = select(g, lessOrEqual(g, g.scalar(0), advantage), loss, detach(g, bound));
    loss = select(g, lessOrEqual(g, loss, bound), loss, bounded);
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
