import { blockSize } from './block-sampler.ts';
import { type ExtendOptions, extend, head, type Network, weightInputs } from './decoder.ts';
import { Graph, type Value } from './graph.ts';

/** What comes back for every sequence besides its logits: nothing, or sums over blocks of tokens, see BlockSampler. */
export type Drawing = 'rows' | 'blocks';

/**
 * A step of the sampler: see `extend`. Outputs beside the keys and values: `logits` [S, V]; for blocks also `maxima` and `sums` [S, V / block], with
 * the further input `inverse_temperature` float [S, 1].
 */
export function buildStep(network: Network, options: ExtendOptions, drawing: Drawing): Graph {
  const g = new Graph(`${options.tokens}-${drawing}`, network.portable);
  const weights = weightInputs(g, network);
  const hidden = extend(g, network, weights, options);
  const logits = head(g, hidden, network.config, weights, options.few);
  g.output('logits', logits);
  if (drawing === 'blocks') sumBlocks(g, logits, network.config.vocabSize);
  return g;
}

function sumBlocks(g: Graph, logits: Value, vocabulary: number): void {
  const block = blockSize(vocabulary);
  const [S] = logits.shape;
  const count = vocabulary / block;
  const axes = (...numbers: number[]): Value => g.constant('int64', [numbers.length], numbers);
  const scaled = g.node('Mul', [logits, g.input('inverse_temperature', 'float32', [S, 1])], logits.shape);
  const cut = g.node('Reshape', [scaled, axes(-1, count, block)], [S, count, block]);
  const maxima = g.node('ReduceMax', [cut, axes(2)], [S, count, 1], { keepdims: 1 });
  const max = g.node('ReduceMax', [maxima, axes(1)], [S, 1, 1], { keepdims: 1 });
  const e = g.node('Exp', [g.node('Sub', [cut, max], cut.shape)], cut.shape);
  g.output('maxima', g.node('Squeeze', [maxima, axes(2)], [S, count]));
  g.output('sums', g.node('ReduceSum', [e, axes(2)], [S, count], { keepdims: 0 }));
}
