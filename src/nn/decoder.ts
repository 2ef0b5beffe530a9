import { type Dropout, hashedDropout } from './dropout.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';
import type { Graph, Value } from './graph.ts';
import { halfLinear } from './half-linear.ts';
import { adapterLayout, adapterNames, LORA_TARGETS, type LoraConfig, loraScale } from './lora.ts';
import { elementNumber } from './onnx.ts';
import {
  adapted,
  add,
  gatherRows,
  join,
  linear,
  linearOfFew,
  matmul,
  reshape,
  rmsNorm,
  rotary,
  sizes,
  softmax,
  split,
  swiglu,
  transpose,
} from './operations.ts';

/**
 * A dense decoder (RMSNorm, rotary positions, grouped-query attention, SwiGLU) in the two forms an agent needs: whole sequences for
 * scoring and training, and new tokens against a cache of earlier ones for sampling. Qwen2 (technical report, arXiv 2407.10671, §2.2), Qwen3
 * (arXiv 2505.09388, §2: norms of queries and keys) and Llama 3 (arXiv 2407.21783, §3.2) differ in biases and norms only.
 *
 * Notation: B sequences a batch, T tokens a sequence (padded), N = B·T, D hidden size, H heads, K key/value heads,
 * G = H/K heads a group, h head size, V vocabulary. Query heads of a group are folded into rows, so keys and values are
 * never repeated.
 */
export interface Network {
  readonly config: DecoderConfig;
  /** Adapters on the projections; absent where there are none. */
  readonly lora?: LoraConfig;
  /** See Graph.portable. */
  readonly portable?: boolean;
  /** Frozen matrices that are fed in float16, see half-linear.ts. */
  readonly halves?: ReadonlySet<string>;
}

export type Weights = ReadonlyMap<string, Value>;

/** One graph input per parameter, under its Hugging Face name, and one per adapter matrix, under PEFT's. */
export function weightInputs(g: Graph, { config, lora, halves }: Network): Weights {
  const specs = [...parameterLayout(config).specs, ...(lora ? adapterLayout(config, lora).specs : [])];
  return new Map(specs.map((p) => [p.name, g.input(p.name, halves?.has(p.name) ? 'float16' : 'float32', p.shape)]));
}

/** Rotary tables: cos, sin [P, h/2], fed with as many positions as are needed. */
function rotaryInputs(g: Graph, config: DecoderConfig): { cos: Value; sin: Value } {
  const shape = ['positions', config.headDim / 2];
  return { cos: g.input('rotary.cos', 'float32', shape), sin: g.input('rotary.sin', 'float32', shape) };
}

/** Large enough that a masked score underflows to probability 0, small enough to stay finite. */
const MASKED = -1e9;

interface LayerInputs {
  readonly network: Network;
  readonly weights: Weights;
  readonly positions: Value;
  readonly tables: { readonly cos: Value; readonly sin: Value };
  /** A tensor whose first two dimensions are [B, T]. */
  readonly batch: Value;
  readonly dropout?: Dropout;
  /** Whether there are few rows and large matrices, see linearOfFew. */
  readonly few?: boolean;
}

function product(g: Graph, x: Value, w: Value, b: Value | undefined, few = false): Value {
  if (w.dtype === 'float16') return halfLinear(g, x, w, b);
  return few ? linearOfFew(g, x, w, b) : linear(g, x, w, b);
}

/** x [N, I] through a projection of a layer, with its bias and its adapter where it has them. */
function project(g: Graph, x: Value, layer: number, name: string, o: LayerInputs): Value {
  const projection = `model.layers.${layer}.${name}`;
  const base = product(g, x, o.weights.get(`${projection}.weight`)!, o.weights.get(`${projection}.bias`), o.few);
  const names = adapterNames(projection);
  const a = o.weights.get(names.a);
  if (a === undefined) return base;
  const place = layer * LORA_TARGETS.length + LORA_TARGETS.findIndex((t) => name.endsWith(`.${t}`));
  const mask = o.dropout?.(x, place);
  const scale = loraScale(o.network.lora!);
  return adapted(g, x, base, { a, b: o.weights.get(names.b)!, scale, ...(mask && { mask }) });
}

function layerWeight(o: LayerInputs, layer: number, name: string): Value {
  return o.weights.get(`model.layers.${layer}.${name}`)!;
}

interface Heads {
  /** [B, K, G, T, h] */
  readonly q: Value;
  /** [B, K, T, h] */
  readonly k: Value;
  readonly v: Value;
}

/** Queries, keys and values of one layer, rotated, from the normalized hidden rows x [N, D]. */
function queryKeyValue(g: Graph, x: Value, layer: number, o: LayerInputs): Heads {
  const { heads: H, kvHeads: K, headDim: h, qkNorm, rmsNormEps } = o.network.config;
  const [B, T] = o.batch.shape;
  const sequence = (y: Value, width: number): Value =>
    reshape(g, y, [B, T, width], sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, width]));
  const normed = (y: Value, name: string, count: number): Value => {
    if (!qkNorm) return y;
    const rows = reshape(g, y, [`N*${count}`, h], g.constant('int64', [2], [-1, h]));
    return rmsNorm(g, rows, layerWeight(o, layer, `self_attn.${name}.weight`), rmsNormEps);
  };
  const turn = (y: Value): Value => rotary(g, y, o.positions, o.tables.cos, o.tables.sin);
  const keyHeads = (y: Value): Value => {
    const heads = reshape(g, y, [B, T, K, h], sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, K, h]));
    return transpose(g, heads, [0, 2, 1, 3]);
  };
  const q = turn(sequence(normed(project(g, x, layer, 'self_attn.q_proj', o), 'q_norm', H), H * h));
  const k = turn(sequence(normed(project(g, x, layer, 'self_attn.k_proj', o), 'k_norm', K), K * h));
  const v = sequence(project(g, x, layer, 'self_attn.v_proj', o), K * h);
  const groups = reshape(g, q, [B, T, K, H / K, h], sizes(g, o.batch, [{ axis: 0 }, { axis: 1 }, K, H / K, h]));
  return { q: transpose(g, groups, [0, 2, 3, 1, 4]), k: keyHeads(k), v: keyHeads(v) };
}

/** [B, K, G, T, h] → [B, K, G·T, h]. */
function fold(g: Graph, q: Value, o: LayerInputs): Value {
  const { kvHeads: K, headDim: h } = o.network.config;
  const [B, , G, T] = q.shape;
  const rows = G === 1 ? T : `${G}*${T}`;
  return reshape(g, q, [B, K, rows, h], sizes(g, o.batch, [{ axis: 0 }, K, -1, h]));
}

/** [B, K, G·T, h] → [B, K, G, T, h]. */
function unfold(g: Graph, context: Value, T: Value['shape'][number], o: LayerInputs): Value {
  const { heads: H, kvHeads: K, headDim: h } = o.network.config;
  const [B] = o.batch.shape;
  return reshape(g, context, [B, K, H / K, T, h], sizes(g, o.batch, [{ axis: 0 }, K, H / K, -1, h]));
}

/** [B, K, G, T, h] → [N, H·h]. */
function rowsOf(g: Graph, context: Value, o: LayerInputs): Value {
  const width = o.network.config.heads * o.network.config.headDim;
  const turned = transpose(g, context, [0, 3, 1, 2, 4]);
  return reshape(g, turned, ['N', width], g.constant('int64', [2], [-1, width]));
}

/** The half of a layer after attention: output projection, residual, feed-forward, residual. Rows are independent. */
function finishLayer(g: Graph, x: Value, context: Value, layer: number, o: LayerInputs): Value {
  const attended = add(g, x, project(g, context, layer, 'self_attn.o_proj', o));
  const norm = layerWeight(o, layer, 'post_attention_layernorm.weight');
  const normal = rmsNorm(g, attended, norm, o.network.config.rmsNormEps);
  const gated = swiglu(g, project(g, normal, layer, 'mlp.gate_proj', o), project(g, normal, layer, 'mlp.up_proj', o));
  return add(g, attended, project(g, gated, layer, 'mlp.down_proj', o));
}

function inputNorm(g: Graph, x: Value, layer: number, o: LayerInputs): Value {
  return rmsNorm(g, x, layerWeight(o, layer, 'input_layernorm.weight'), o.network.config.rmsNormEps);
}

function finalNorm(g: Graph, x: Value, o: LayerInputs): Value {
  return rmsNorm(g, x, o.weights.get('model.norm.weight')!, o.network.config.rmsNormEps);
}

/** Normalized hidden rows [R, D] → logits [R, V]. */
export function head(g: Graph, x: Value, config: DecoderConfig, weights: Weights, few = false): Value {
  const w = weights.get(config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight')!;
  return product(g, x, w, undefined, few);
}

/**
 * Additive attention mask [B, 1, G·rows, columns]: a token sees the tokens of its own segment at positions up to its own. Padding is
 * segment 0, on either side; several sequences packed in one row are several segments.
 */
function segmentMask(
  g: Graph,
  rows: { readonly segments: Value; readonly positions: Value },
  columns: { readonly segments: Value; readonly positions: Value },
  groups: number,
): Value {
  const [B, T] = rows.segments.shape;
  const C = columns.segments.shape[1];
  const at = (v: Value, axis: number, shape: readonly (number | string)[]): Value =>
    g.node('Unsqueeze', [v, g.constant('int64', [1], [axis])], shape, {}, { dtype: v.dtype });
  const square = [B, T, C];
  const bool = { dtype: 'bool' as const };
  const same = g.node('Equal', [at(rows.segments, 2, [B, T, 1]), at(columns.segments, 1, [B, 1, C])], square, {}, bool);
  const before = g.node(
    'LessOrEqual',
    [at(columns.positions, 1, [B, 1, C]), at(rows.positions, 2, [B, T, 1])],
    square,
    {},
    bool,
  );
  const mask = g.node(
    'Where',
    [g.node('And', [same, before], square, {}, bool), g.scalar(0), g.scalar(MASKED)],
    square,
  );
  if (groups === 1) return at(mask, 1, [B, 1, T, C]);
  const folded = g.node('Concat', new Array(groups).fill(mask), [B, `${groups}*${T}`, C], { axis: 1 });
  return at(folded, 1, [B, 1, `${groups}*${T}`, C]);
}

/** What a chunk of queries may see: its mask, and how many chunks of keys. */
interface MaskChunk {
  readonly mask: Value;
  readonly seen: number;
}

/** Masks of `chunks` equal pieces of the queries; a piece sees keys up to its own end only. */
function chunkedMasks(g: Graph, segments: Value, positions: Value, groups: number, chunks: number): MaskChunk[] {
  const s = split(g, segments, chunks, 1);
  const p = split(g, positions, chunks, 1);
  return s.map((_, i) => {
    const columns = { segments: join(g, s.slice(0, i + 1), 1), positions: join(g, p.slice(0, i + 1), 1) };
    return { mask: segmentMask(g, { segments: s[i], positions: p[i] }, columns, groups), seen: i + 1 };
  });
}

/** softmax(q·kᵀ/√h + mask)·v, [B, K, G, T, h], chunk by chunk of the queries. */
function attention(g: Graph, { q, k, v }: Heads, masks: readonly MaskChunk[], o: LayerInputs): Value {
  const alpha = 1 / Math.sqrt(o.network.config.headDim);
  const n = masks.length;
  const queries = split(g, q, n, 3);
  const keys = split(g, k, n, 2);
  const values = split(g, v, n, 2);
  const contexts = masks.map(({ mask, seen }, i) => {
    const scores = matmul(g, fold(g, queries[i], o), join(g, keys.slice(0, seen), 2), { transB: true, alpha });
    const context = matmul(g, softmax(g, add(g, scores, mask)), join(g, values.slice(0, seen), 2));
    return unfold(g, context, queries[i].shape[3], o);
  });
  return join(g, contexts, 3);
}

export interface SequenceOptions {
  /** Whether the way back finishes one layer after the other, see Graph.stage; without it the graph is a little smaller. */
  readonly staged: boolean;
  /** Whether layers are computed again on the way back instead of kept; needs `staged`. */
  readonly recompute: boolean;
  /** Pieces that attention is cut into; T must be a multiple. */
  readonly attentionChunks: number;
  /** Share of what goes into adapters that is left out, while training; 0 leaves out nothing. */
  readonly dropout: number;
}

export interface SequenceForward {
  /** Embedding rows [N, D] before the first layer: the leaf at which the embedding's gradient is collected. */
  readonly embedded: Value;
  /** Normalized hidden rows [R, D] that predict the chosen tokens. */
  readonly hidden: Value;
}

/**
 * Whole sequences: hidden rows to be multiplied by the head. Inputs fed at run time: `tokens` int32 [B, T], `positions` int64 [B, T],
 * `segments` int64 [B, T], `rows` int32 [R] (flat row numbers), `inverse` int32 [N] (see gatherRows).
 * The last layer's feed-forward runs on the chosen rows only.
 */
export function sequenceForward(
  g: Graph,
  network: Network,
  weights: Weights,
  options: SequenceOptions,
): SequenceForward {
  const { config } = network;
  const tokens = g.input('tokens', 'int32', ['B', 'T']);
  const positions = g.input('positions', 'int64', ['B', 'T']);
  const segments = g.input('segments', 'int64', ['B', 'T']);
  const rows = g.input('rows', 'int32', ['R']);
  const inverse = g.input('inverse', 'int32', ['N']);
  const o: LayerInputs = {
    network,
    weights,
    positions,
    tables: rotaryInputs(g, config),
    batch: tokens,
    ...(options.dropout > 0 && { dropout: hashedDropout(g, options.dropout, rows) }),
  };
  const masks = chunkedMasks(g, segments, positions, config.heads / config.kvHeads, options.attentionChunks);
  const embedded = embed(g, tokens, o);
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const last = layer === config.layers - 1;
    const whole = ([from]: readonly Value[]): readonly Value[] => {
      const heads = queryKeyValue(g, inputNorm(g, from, layer, o), layer, o);
      const context = rowsOf(g, attention(g, heads, masks, o), o);
      if (!last) return [finishLayer(g, from, context, layer, o)];
      const chosen = gatherRows(g, from, rows, inverse);
      return [finishLayer(g, chosen, gatherRows(g, context, rows, inverse), layer, o)];
    };
    [x] = options.staged ? g.stage([x], options.recompute, whole) : whole([x]);
  }
  return { embedded, hidden: finalNorm(g, x, o) };
}

function embed(g: Graph, tokens: Value, o: LayerInputs): Value {
  const D = o.network.config.hiddenSize;
  const flat = g.node('Reshape', [tokens, g.constant('int64', [1], [-1])], ['N'], {}, { dtype: 'int32' });
  const table = o.weights.get('model.embed_tokens.weight')!;
  const rows = g.node('Gather', [table, flat], ['N', D], { axis: 0 }, { dtype: table.dtype });
  return table.dtype === 'float32' ? rows : g.node('Cast', [rows], ['N', D], { to: elementNumber('float32') });
}

/** What kind of step of the sampler. */
export interface ExtendOptions {
  /** New tokens a sequence: one, or several that see each other causally. */
  readonly tokens: 'one' | 'many';
  /** Whether there are earlier tokens in a cache. */
  readonly cached: boolean;
  /** Whether there are few sequences and large matrices; the result is the same up to rounding. */
  readonly few: boolean;
}

/**
 * New tokens of sequences, after those whose keys and values lie in a cache: hidden rows of the last new tokens, normalized, [S, D].
 * Inputs: `tokens` int32 [B, T], `positions` int64 [B, T]; with several tokens `rows` int32 [S], the flat numbers of those whose hidden rows are
 * wanted (one can be wanted several times); with one token S = B;
 * with a cache `cache.k.i`, `cache.v.i` [B, K, C, h] and the additive `cache.mask` [B, 1, 1, C]. Outputs `k.i`, `v.i` [B, K, T, h], which the
 * host writes into its cache: only new rows are ever moved. Shorter sequences are padded on the right with later positions.
 */
export function extend(g: Graph, network: Network, weights: Weights, options: ExtendOptions): Value {
  const { config } = network;
  const { kvHeads: K, headDim: h } = config;
  const one = options.tokens === 'one';
  const T = one ? 1 : 'T';
  const tokens = g.input('tokens', 'int32', ['B', T]);
  const positions = g.input('positions', 'int64', ['B', T]);
  const rows = one ? undefined : g.input('rows', 'int32', ['S']);
  const cacheMask = options.cached ? g.input('cache.mask', 'float32', ['B', 1, 1, 'C']) : undefined;
  const few = one && options.few;
  const o: LayerInputs = { network, weights, positions, tables: rotaryInputs(g, config), batch: tokens, few };
  const ownMask = one ? undefined : causalMask(g, positions, config.heads / config.kvHeads);
  const parts =
    cacheMask &&
    g.node(
      'Concat',
      [sizes(g, cacheMask, [{ axis: 3 }]), sizes(g, tokens, [{ axis: 1 }])],
      [2],
      { axis: 0 },
      { dtype: 'int64' },
    );
  const alpha = 1 / Math.sqrt(h);
  let x = embed(g, tokens, o);
  for (let layer = 0; layer < config.layers; layer++) {
    const { q, k, v } = queryKeyValue(g, inputNorm(g, x, layer, o), layer, o);
    g.keep(`k.${layer}`, k);
    g.keep(`v.${layer}`, v);
    const folded = fold(g, q, o);
    const plain = matmul(g, folded, k, { transB: true, alpha });
    const own = ownMask ? add(g, plain, ownMask) : plain;
    let context: Value;
    if (cacheMask && parts) {
      const cache = (kind: 'k' | 'v'): Value => g.input(`cache.${kind}.${layer}`, 'float32', ['B', K, 'C', h]);
      const earlier = add(g, matmul(g, folded, cache('k'), { transB: true, alpha }), cacheMask);
      const R = folded.shape[2];
      const all = g.node('Concat', [earlier, own], ['B', K, R, 'C+T'], { axis: 3 });
      const p = g.nodeOutputs(
        'Split',
        [softmax(g, all), parts],
        [
          ['B', K, R, 'C'],
          ['B', K, R, T],
        ],
        { axis: 3 },
      );
      context = add(g, matmul(g, p[0], cache('v')), matmul(g, p[1], v));
    } else {
      context = matmul(g, softmax(g, own), v);
    }
    let attended = rowsOf(g, unfold(g, context, T, o), o);
    if (rows && layer === config.layers - 1) {
      attended = g.node('Gather', [attended, rows], ['S', attended.shape[1]], { axis: 0 });
      x = g.node('Gather', [x, rows], ['S', config.hiddenSize], { axis: 0 });
    }
    x = finishLayer(g, x, attended, layer, o);
  }
  return finalNorm(g, x, o);
}

/** Additive mask [B, 1, G·T, T] by positions alone: padding lies to the right, at later positions. */
function causalMask(g: Graph, positions: Value, groups: number): Value {
  const segments = g.node('Sub', [positions, positions], positions.shape, {}, { dtype: 'int64' });
  return segmentMask(g, { segments, positions }, { segments, positions }, groups);
}
