import { type ExtendOptions, extend, head, type Network, weightInputs } from './decoder.ts';
import { Graph, type Value } from './graph.ts';

/** What comes back for every sequence: its whole row of logits, or a token drawn inside the graph. */
export type Drawing = 'logits' | 'token';

/**
 * A step of the sampler: see `extend`. Outputs beside the keys and values: `logits` [S, V]; or `id` int64 [S, 1] and `logprob` [S, 1], drawn with
 * the further inputs `inverse_temperature`, `uniform` float [S, 1] and `greedy` bool [S, 1].
 */
export function buildStep(network: Network, options: ExtendOptions, drawing: Drawing): Graph {
  const g = new Graph(`${options.tokens}-${drawing}`);
  const weights = weightInputs(g, network);
  const hidden = extend(g, network, weights, options);
  const logits = head(g, hidden, network.config, weights, options.few);
  if (drawing === 'logits') g.output('logits', logits);
  else draw(g, logits);
  return g;
}

/** Uniform numbers are scaled by this, so that rounding cannot point past the last token. */
const BELOW_ONE = 1 - 2 ** -20;

/** The inverse of the cumulative distribution at a uniform number, as TokenSampler does it; sums in float64. */
function draw(g: Graph, logits: Value): void {
  const rows = logits.shape[0];
  const inverseTemperature = g.input('inverse_temperature', 'float32', [rows, 1]);
  const uniform = g.input('uniform', 'float32', [rows, 1]);
  const greedy = g.input('greedy', 'bool', [rows, 1]);
  const one = g.constant('int64', [1], [1]);
  const integer = { dtype: 'int64' as const };
  const column = [rows, 1];
  const log = g.node('LogSoftmax', [g.node('Mul', [logits, inverseTemperature], logits.shape)], logits.shape, {
    axis: -1,
  });
  const wide = { to: 11 };
  const p = g.node('Cast', [g.node('Exp', [log], logits.shape)], logits.shape, wide);
  const sums = g.node('CumSum', [p, g.constant('int64', [], [1])], logits.shape);
  const total = g.node(
    'Slice',
    [sums, g.constant('int64', [1], [-1]), g.constant('int64', [1], [2 ** 31]), one],
    column,
  );
  const below = g.node('Cast', [g.node('Mul', [uniform, g.scalar(BELOW_ONE)], column)], column, wide);
  const target = g.node('Mul', [below, total], column);
  const passed = g.node('LessOrEqual', [sums, target], logits.shape, {}, { dtype: 'bool' });
  const count = g.node(
    'ReduceSum',
    [g.node('Cast', [passed], logits.shape, { to: 7 }, integer), one],
    column,
    { keepdims: 1 },
    integer,
  );
  const best = g.node('ArgMax', [logits], column, { axis: 1, keepdims: 1 }, integer);
  const id = g.node('Where', [greedy, best, count], column, {}, integer);
  g.output('id', id);
  g.output('logprob', g.node('GatherElements', [log, id], column, { axis: 1 }));
}
