import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';
import type { Graph, Value } from './graph.ts';
import {
  add,
  gatherRows,
  linear,
  matmul,
  reshape,
  rmsNorm,
  rotary,
  sizes,
  softmax,
  swiglu,
  transpose,
} from './operations.ts';

/**
 * The Qwen2 decoder (RMSNorm, rotary positions, grouped-query attention with biases on q, k, v, SwiGLU; Qwen2 technical
 * report, arXiv 2407.10671, §2.2) in the three forms an agent needs: whole sequences for scoring and training, whole
 * prompts that leave their keys and values behind (prefill), and one token against those (decode).
 *
 * Notation: B sequences a batch, T tokens a sequence (padded), N = B·T, D hidden size, H heads, K key/value heads,
 * G = H/K heads a group, h head size, V vocabulary. Query heads of a group are folded into rows, so keys and values are
 * never repeated.
 */
export type Weights = ReadonlyMap<string, Value>;

/** One graph input per parameter, under its Hugging Face name. */
export function weightInputs(g: Graph, config: DecoderConfig): Weights {
  return new Map(parameterLayout(config).specs.map((p) => [p.name, g.input(p.name, 'float32', p.shape)]));
}

/** Rotary tables: cos, sin [maxPositions, h/2], fed once. */
export function rotaryInputs(g: Graph, config: DecoderConfig): { cos: Value; sin: Value } {
  const shape = [config.maxPositions, config.headDim / 2];
  return { cos: g.input('rotary.cos', 'float32', shape), sin: g.input('rotary.sin', 'float32', shape) };
}

/** cos and sin of position · θ^(−2i/h), [maxPositions, h/2] row-major. */
export function rotaryTables(config: DecoderConfig): { cos: Float32Array; sin: Float32Array } {
  const half = config.headDim / 2;
  const cos = new Float32Array(config.maxPositions * half);
  const sin = new Float32Array(config.maxPositions * half);
  for (let p = 0; p < config.maxPositions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = p * config.ropeTheta ** ((-2 * i) / config.headDim);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/** Large enough that a masked score underflows to probability 0, small enough to stay finite. */
const MASKED = -1e9;

interface LayerInputs {
  readonly config: DecoderConfig;
  readonly weights: Weights;
  readonly positions: Value;
  readonly tables: { readonly cos: Value; readonly sin: Value };
  /** A tensor whose first two dimensions are [B, T]. */
  readonly batch: Value;
}

function layerWeights(weights: Weights, layer: number): (name: string) => Value {
  return (name) => weights.get(`model.layers.${layer}.${name}`)!;
}

/** q [B, K, G·T, h], k and v [B, K, T, h] of one layer, rotated, from the normalized hidden rows x [N, D]. */
function queryKeyValue(g: Graph, x: Value, layer: number, o: LayerInputs): { q: Value; k: Value; v: Value } {
  const { heads: H, kvHeads: K, headDim: h } = o.config;
  const [B, T] = o.batch.shape;
  const w = layerWeights(o.weights, layer);
  const project = (name: string): Value =>
    linear(g, x, w(`self_attn.${name}.weight`), o.config.qkvBias ? w(`self_attn.${name}.bias`) : undefined);
  const sequence = (y: Value, width: number): Value =>
    reshape(g, y, [B, T, width], sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, width]));
  const turn = (y: Value): Value => rotary(g, y, o.positions, o.tables.cos, o.tables.sin);
  const keyHeads = (y: Value): Value => {
    const split = reshape(g, y, [B, T, K, h], sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, K, h]));
    return transpose(g, split, [0, 2, 1, 3]);
  };
  const q = reshape(
    g,
    turn(sequence(project('q_proj'), H * h)),
    [B, T, K, H / K, h],
    sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, K, H / K, h]),
  );
  const folded = reshape(
    g,
    transpose(g, q, [0, 2, 3, 1, 4]),
    [B, K, 'GT', h],
    sizes(g, o.batch, [{ axis: 0 }, K, -1, h]),
  );
  return {
    q: folded,
    k: keyHeads(turn(sequence(project('k_proj'), K * h))),
    v: keyHeads(sequence(project('v_proj'), K * h)),
  };
}

/** [B, K, G·T, h] → [N, H·h]. */
function unfold(g: Graph, context: Value, o: LayerInputs): Value {
  const { heads: H, kvHeads: K, headDim: h } = o.config;
  const [B, T] = o.batch.shape;
  const split = reshape(g, context, [B, K, H / K, T, h], sizes(g, o.batch, [{ axis: 0 }, K, H / K, { axis: 1 }, h]));
  return reshape(g, transpose(g, split, [0, 3, 1, 2, 4]), ['N', H * h], g.constant('int64', [2], [-1, H * h]));
}

/** The half of a layer after attention: output projection, residual, feed-forward, residual. Rows are independent. */
function finishLayer(g: Graph, x: Value, context: Value, layer: number, o: LayerInputs): Value {
  const w = layerWeights(o.weights, layer);
  const attended = add(g, x, linear(g, context, w('self_attn.o_proj.weight')));
  const normal = rmsNorm(g, attended, w('post_attention_layernorm.weight'), o.config.rmsNormEps);
  const gated = swiglu(g, linear(g, normal, w('mlp.gate_proj.weight')), linear(g, normal, w('mlp.up_proj.weight')));
  return add(g, attended, linear(g, gated, w('mlp.down_proj.weight')));
}

/** Normalized hidden rows [R, D] → logits [R, V]. */
function head(g: Graph, x: Value, o: LayerInputs): Value {
  const normal = rmsNorm(g, x, o.weights.get('model.norm.weight')!, o.config.rmsNormEps);
  return linear(g, normal, o.weights.get(o.config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight')!);
}

/**
 * Additive attention mask [B, 1, G·T, T]: a token sees the tokens of its own segment at positions up to its own. Padding is
 * segment 0, on either side; several sequences packed in one row are several segments.
 */
function segmentMask(g: Graph, segments: Value, positions: Value, groups: number): Value {
  const [B, T] = segments.shape;
  const at = (v: Value, axis: number, shape: readonly (number | string)[]): Value =>
    g.node('Unsqueeze', [v, g.constant('int64', [1], [axis])], shape, {}, { dtype: v.dtype });
  const square = [B, T, T];
  const bool = { dtype: 'bool' as const };
  const same = g.node('Equal', [at(segments, 2, [B, T, 1]), at(segments, 1, [B, 1, T])], square, {}, bool);
  const before = g.node('LessOrEqual', [at(positions, 1, [B, 1, T]), at(positions, 2, [B, T, 1])], square, {}, bool);
  const mask = g.node(
    'Where',
    [g.node('And', [same, before], square, {}, bool), g.scalar(0), g.scalar(MASKED)],
    square,
  );
  const folded = groups === 1 ? mask : g.node('Concat', new Array(groups).fill(mask), [B, 'GT', T], { axis: 1 });
  return at(folded, 1, [B, 1, 'GT', T]);
}

export interface SequenceForward {
  /** Embedding rows [N, D] before the first layer: the leaf at which the embedding's gradient is collected. */
  readonly embedded: Value;
  /** [R, V] for the chosen rows. */
  readonly logits: Value;
}

/**
 * Whole sequences: logits at chosen rows. Inputs fed at run time: `tokens` int32 [B, T], `positions` int64 [B, T], `segments`
 * int64 [B, T], `rows` int32 [R] (flat row numbers), `inverse` int32 [N] (see gatherRows).
 * The last layer's feed-forward runs on the chosen rows only.
 */
export function sequenceForward(g: Graph, config: DecoderConfig, weights: Weights): SequenceForward {
  const tokens = g.input('tokens', 'int32', ['B', 'T']);
  const positions = g.input('positions', 'int64', ['B', 'T']);
  const segments = g.input('segments', 'int64', ['B', 'T']);
  const rows = g.input('rows', 'int32', ['R']);
  const inverse = g.input('inverse', 'int32', ['N']);
  const o: LayerInputs = { config, weights, positions, tables: rotaryInputs(g, config), batch: tokens };
  const mask = segmentMask(g, segments, positions, config.heads / config.kvHeads);
  const embedded = embed(g, tokens, o);
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const normal = rmsNorm(g, x, layerWeights(weights, layer)('input_layernorm.weight'), config.rmsNormEps);
    const { q, k, v } = queryKeyValue(g, normal, layer, o);
    const scores = matmul(g, q, k, { transB: true, alpha: 1 / Math.sqrt(config.headDim) });
    let context = unfold(g, matmul(g, softmax(g, add(g, scores, mask)), v), o);
    if (layer === config.layers - 1) {
      context = gatherRows(g, context, rows, inverse);
      x = gatherRows(g, x, rows, inverse);
    }
    x = finishLayer(g, x, context, layer, o);
  }
  return { embedded, logits: head(g, x, o) };
}

function embed(g: Graph, tokens: Value, o: LayerInputs): Value {
  const D = o.config.hiddenSize;
  const flat = g.node('Reshape', [tokens, g.constant('int64', [1], [-1])], ['N'], {}, { dtype: 'int32' });
  return g.node('Gather', [o.weights.get('model.embed_tokens.weight')!, flat], ['N', D], { axis: 0 });
}

/**
 * Whole prompts: logits after the last token of each and every layer's keys and values.
 * Inputs: as sequenceForward, without `inverse`. Outputs `logits` [B, V], `k.i`, `v.i` [B, K, T, h].
 */
export function buildPrefill(g: Graph, config: DecoderConfig): void {
  const weights = weightInputs(g, config);
  const tokens = g.input('tokens', 'int32', ['B', 'T']);
  const positions = g.input('positions', 'int64', ['B', 'T']);
  const segments = g.input('segments', 'int64', ['B', 'T']);
  const rows = g.input('rows', 'int32', ['B']);
  const o: LayerInputs = { config, weights, positions, tables: rotaryInputs(g, config), batch: tokens };
  const mask = segmentMask(g, segments, positions, config.heads / config.kvHeads);
  let x = embed(g, tokens, o);
  for (let layer = 0; layer < config.layers; layer++) {
    const normal = rmsNorm(g, x, layerWeights(weights, layer)('input_layernorm.weight'), config.rmsNormEps);
    const { q, k, v } = queryKeyValue(g, normal, layer, o);
    g.output(`k.${layer}`, k);
    g.output(`v.${layer}`, v);
    const scores = matmul(g, q, k, { transB: true, alpha: 1 / Math.sqrt(config.headDim) });
    let context = unfold(g, matmul(g, softmax(g, add(g, scores, mask)), v), o);
    if (layer === config.layers - 1) {
      context = g.node('Gather', [context, rows], ['B', context.shape[1]], { axis: 0 });
      x = g.node('Gather', [x, rows], ['B', config.hiddenSize], { axis: 0 });
    }
    x = finishLayer(g, x, context, layer, o);
  }
  g.output('logits', head(g, x, o));
}

/**
 * One token per sequence against two caches: the prompt's keys and values as prefill left them (never copied) and those of
 * the tokens sampled since. Inputs: `tokens` int32 [B, 1], `positions` int64 [B, 1], `prompt.k.i`, `prompt.v.i` [B, K, T, h], `own.k.i`,
 * `own.v.i` [B, K, C, h], additive masks `prompt.mask` [B, 1, 1, T] and `own.mask` [1, 1, 1, C]. Outputs `logits` [B, V], `k.i`, `v.i` [B, K, 1, h],
 * which the host writes into its cache: only new rows are ever moved.
 */
export function buildDecode(g: Graph, config: DecoderConfig): void {
  const { kvHeads: K, headDim: h } = config;
  const weights = weightInputs(g, config);
  const tokens = g.input('tokens', 'int32', ['B', 1]);
  const positions = g.input('positions', 'int64', ['B', 1]);
  const promptMask = g.input('prompt.mask', 'float32', ['B', 1, 1, 'P']);
  const ownMask = g.input('own.mask', 'float32', [1, 1, 1, 'C']);
  const o: LayerInputs = { config, weights, positions, tables: rotaryInputs(g, config), batch: tokens };
  const parts = g.node(
    'Concat',
    [sizes(g, promptMask, [{ axis: 3 }]), sizes(g, ownMask, [{ axis: 3 }]), g.constant('int64', [1], [1])],
    [3],
    { axis: 0 },
    { dtype: 'int64' },
  );
  let x = embed(g, tokens, o);
  for (let layer = 0; layer < config.layers; layer++) {
    const caches = ['prompt', 'own'].map((part) => {
      const size = part === 'prompt' ? 'P' : 'C';
      return {
        k: g.input(`${part}.k.${layer}`, 'float32', ['B', K, size, h]),
        v: g.input(`${part}.v.${layer}`, 'float32', ['B', K, size, h]),
        mask: part === 'prompt' ? promptMask : ownMask,
      };
    });
    const normal = rmsNorm(g, x, layerWeights(weights, layer)('input_layernorm.weight'), config.rmsNormEps);
    const { q, k, v } = queryKeyValue(g, normal, layer, o);
    g.output(`k.${layer}`, k);
    g.output(`v.${layer}`, v);
    const alpha = 1 / Math.sqrt(h);
    const scores = caches.map((c) => add(g, matmul(g, q, c.k, { transB: true, alpha }), c.mask));
    const own = matmul(g, q, k, { transB: true, alpha });
    const all = g.node('Concat', [...scores, own], ['B', K, 'GT', 'P+C+1'], { axis: 3 });
    const p = g.nodeOutputs(
      'Split',
      [softmax(g, all), parts],
      [
        ['B', K, 'GT', 'P'],
        ['B', K, 'GT', 'C'],
        ['B', K, 'GT', 1],
      ],
      { axis: 3 },
    );
    const context = [...caches.map((c) => c.v), v]
      .map((values, i) => matmul(g, p[i], values))
      .reduce((a, b) => add(g, a, b));
    x = finishLayer(g, x, unfold(g, context, o), layer, o);
  }
  g.output('logits', head(g, x, o));
}
