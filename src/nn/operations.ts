import type { Graph, Value } from './graph.ts';
import type { Dim } from './onnx.ts';

/** Differentiable operations on graph values. Every function emits its nodes and records its derivative. */

const MICROSOFT = { domain: 'com.microsoft' };

// ── elementwise ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Shape of `a ∘ b` under ONNX broadcasting. */
function broadcastShape(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new Error(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** Sums a gradient over the dimensions along which `target` was broadcast. */
function unbroadcast(g: Graph, gradient: Value, target: readonly Dim[]): Value {
  const extra = gradient.shape.length - target.length;
  const axes = gradient.shape.flatMap((d, i) => (i < extra || (target[i - extra] === 1 && d !== 1) ? [i] : []));
  if (axes.length === 0) return gradient;
  if (axes.length === gradient.shape.length && target.length === 0) return sumNode(g, gradient, axes, []);
  const kept = gradient.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const summed = g.node('ReduceSum', [gradient, g.constant('int64', [axes.length], axes)], kept, { keepdims: 1 });
  return extra === 0 ? summed : g.node('Squeeze', [summed, g.constant('int64', [extra], range(extra))], target);
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function sumNode(g: Graph, x: Value, axes: readonly number[], shape: readonly Dim[]): Value {
  return g.node('ReduceSum', [x, g.constant('int64', [axes.length], axes)], shape, { keepdims: 0 });
}

export function add(g: Graph, a: Value, b: Value): Value {
  const y = g.node('Add', [a, b], broadcastShape(a.shape, b.shape));
  return g.record(y, [a, b], (d, n) => [
    n[0] ? unbroadcast(g, d, a.shape) : undefined,
    n[1] ? unbroadcast(g, d, b.shape) : undefined,
  ]);
}

export function sub(g: Graph, a: Value, b: Value): Value {
  const y = g.node('Sub', [a, b], broadcastShape(a.shape, b.shape));
  return g.record(y, [a, b], (d, n) => [
    n[0] ? unbroadcast(g, d, a.shape) : undefined,
    n[1] ? unbroadcast(g, g.node('Neg', [d], y.shape), b.shape) : undefined,
  ]);
}

export function mul(g: Graph, a: Value, b: Value): Value {
  const y = g.node('Mul', [a, b], broadcastShape(a.shape, b.shape));
  return g.record(y, [a, b], (d, n) => [
    n[0] ? unbroadcast(g, g.node('Mul', [d, b], y.shape), a.shape) : undefined,
    n[1] ? unbroadcast(g, g.node('Mul', [d, a], y.shape), b.shape) : undefined,
  ]);
}

export function exp(g: Graph, x: Value): Value {
  const y = g.node('Exp', [x], x.shape);
  return g.record(y, [x], (d) => [g.node('Mul', [d, y], x.shape)]);
}

export function neg(g: Graph, x: Value): Value {
  const y = g.node('Neg', [x], x.shape);
  return g.record(y, [x], (d) => [g.node('Neg', [d], x.shape)]);
}

/** Takes `a` where `condition` holds, else `b` (all of one shape). `condition` has no derivative. */
export function select(g: Graph, condition: Value, a: Value, b: Value): Value {
  const y = g.node('Where', [condition, a, b], a.shape);
  const zero = g.scalar(0);
  return g.record(y, [a, b], (d, n) => [
    n[0] ? g.node('Where', [condition, d, zero], y.shape) : undefined,
    n[1] ? g.node('Where', [condition, zero, d], y.shape) : undefined,
  ]);
}

/** Comparison `a ≤ b`; no derivative. */
export function lessOrEqual(g: Graph, a: Value, b: Value): Value {
  return g.node('LessOrEqual', [a, b], broadcastShape(a.shape, b.shape), {}, { dtype: 'bool' });
}

/** Clamps to [low, high] (scalars); the derivative is 0 outside and 1 inside and on the bounds. */
export function clamp(g: Graph, x: Value, low: Value, high: Value): Value {
  const y = g.node('Min', [g.node('Max', [x, low], x.shape), high], x.shape);
  return g.record(y, [x], (d) => {
    const inside = g.node('Equal', [x, y], x.shape, {}, { dtype: 'bool' });
    return [g.node('Where', [inside, d, g.scalar(0)], x.shape)];
  });
}

/** Stops the gradient. */
export function detach(g: Graph, x: Value): Value {
  return g.node('Identity', [x], x.shape);
}

// ── reductions ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Sum of all elements, as a scalar. */
export function sumAll(g: Graph, x: Value): Value {
  const y = sumNode(g, x, range(x.shape.length), []);
  return g.record(y, [x], (d) => [g.node('Mul', [d, onesLike(g, x)], x.shape)]);
}

/** Sum over the last dimension, kept as 1. */
export function sumLast(g: Graph, x: Value): Value {
  const last = x.shape.length - 1;
  const shape = [...x.shape.slice(0, last), 1];
  const y = g.node('ReduceSum', [x, g.constant('int64', [1], [last])], shape, { keepdims: 1 });
  return g.record(y, [x], (d) => [g.node('Mul', [d, onesLike(g, x)], x.shape)]);
}

function onesLike(g: Graph, x: Value): Value {
  const shape = g.node('Shape', [x], [x.shape.length], {}, { dtype: 'int64' });
  return g.node('Expand', [g.scalar(1), shape], x.shape);
}

// ── matrices ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** x [N, I] · Wᵀ (+ b): W [O, I] as Hugging Face stores it, b [O]. → [N, O]. */
export function linear(g: Graph, x: Value, w: Value, b?: Value): Value {
  const y = g.node('Gemm', [x, w, b], [x.shape[0], w.shape[0]], { transB: 1 });
  return g.record(y, b ? [x, w, b] : [x, w], (d, n) => [
    n[0] ? g.node('Gemm', [d, w], x.shape) : undefined,
    n[1] ? g.node('Gemm', [d, x], w.shape, { transA: 1 }) : undefined,
    b && n[2] ? sumNode(g, d, [0], b.shape) : undefined,
  ]);
}

/**
 * The same for few rows, without a derivative: (W·xᵀ)ᵀ. With W on the left it is read as it lies, where on the right every run would first
 * bring all of it into another order: twice as fast at 16 rows, slower above some 50.
 */
export function linearOfFew(g: Graph, x: Value, w: Value, b?: Value): Value {
  const y = transpose(g, fusedMatmul(g, w, x, { transB: true }), [1, 0]);
  return b === undefined ? y : g.node('Add', [y, b], y.shape);
}

/** An adapter on a linear map: A [r, I], B [O, r]. `mask` [N, I] multiplies what goes into it (dropout); it has no derivative. */
export interface Adapter {
  readonly a: Value;
  readonly b: Value;
  readonly scale: number;
  readonly mask?: Value;
}

/** base + scale · (x·Aᵀ)·Bᵀ: a linear map of x, and a low-rank adapter on it (Hu et al. 2021, eq. 3). */
export function adapted(g: Graph, x: Value, base: Value, adapter: Adapter): Value {
  const { a, b, mask } = adapter;
  const alpha = { float: adapter.scale };
  const seen = mask === undefined ? x : g.node('Mul', [x, mask], x.shape);
  const low = g.node('Gemm', [seen, a], [x.shape[0], a.shape[0]], { transB: 1 });
  const y = g.node('Gemm', [low, b, base], base.shape, { transB: 1, alpha });
  return g.record(y, [base, x, a, b], (d, n) => {
    const dLow = n[1] || n[2] ? g.node('Gemm', [d, b], low.shape, { alpha }) : undefined;
    const through = n[1] ? g.node('Gemm', [dLow, a], x.shape) : undefined;
    return [
      n[0] ? d : undefined,
      through && mask ? g.node('Mul', [through, mask], x.shape) : through,
      n[2] ? g.node('Gemm', [dLow, seen], a.shape, { transA: 1 }) : undefined,
      n[3] ? g.node('Gemm', [d, low], b.shape, { transA: 1, alpha }) : undefined,
    ];
  });
}

interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

function fusedMatmul(g: Graph, a: Value, b: Value, o: MatmulOptions): Value {
  const rank = a.shape.length;
  const rows = a.shape[o.transA ? rank - 1 : rank - 2];
  const columns = b.shape[o.transB ? rank - 2 : rank - 1];
  const shape = [...a.shape.slice(0, -2), rows, columns];
  if (g.portable) {
    const turned = (x: Value, needed: boolean | undefined): Value => (needed ? swapLast(g, x) : x);
    const y = g.node('MatMul', [turned(a, o.transA), turned(b, o.transB)], shape);
    return (o.alpha ?? 1) === 1 ? y : g.node('Mul', [y, g.scalar(o.alpha!)], shape);
  }
  const attributes = { transA: o.transA ? 1 : 0, transB: o.transB ? 1 : 0, alpha: { float: o.alpha ?? 1 } };
  return g.node('FusedMatMul', [a, b], shape, attributes, MICROSOFT);
}

/** The last two dimensions exchanged. */
function swapLast(g: Graph, x: Value): Value {
  const n = x.shape.length;
  const permutation = x.shape.map((_, i) => (i === n - 1 ? n - 2 : i === n - 2 ? n - 1 : i));
  return g.node(
    'Transpose',
    [x],
    permutation.map((i) => x.shape[i]),
    { perm: permutation },
  );
}

/** Batched alpha · A·B over equal leading dimensions; `transB` multiplies by Bᵀ. */
export function matmul(
  g: Graph,
  a: Value,
  b: Value,
  o: { readonly transB?: boolean; readonly alpha?: number } = {},
): Value {
  const y = fusedMatmul(g, a, b, o);
  const alpha = o.alpha ?? 1;
  return g.record(y, [a, b], (d, n) => {
    const da = n[0] ? fusedMatmul(g, d, b, { transB: !o.transB, alpha }) : undefined;
    if (!n[1]) return [da, undefined];
    const db = o.transB ? fusedMatmul(g, d, a, { transA: true, alpha }) : fusedMatmul(g, a, d, { transA: true, alpha });
    return [da, db];
  });
}

// ── shape ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An int64 vector of sizes made from constants and from dimensions of `of`, for shapes known only at run time. */
export function sizes(g: Graph, of: Value, parts: readonly (number | { readonly axis: number })[]): Value {
  const shape = g.node('Shape', [of], [of.shape.length], {}, { dtype: 'int64' });
  const pieces = parts.map((p) =>
    typeof p === 'number'
      ? g.constant('int64', [1], [p])
      : g.node(
          'Slice',
          [shape, g.constant('int64', [1], [p.axis]), g.constant('int64', [1], [p.axis + 1])],
          [1],
          {},
          { dtype: 'int64' },
        ),
  );
  return g.node('Concat', pieces, [parts.length], { axis: 0 }, { dtype: 'int64' });
}

/** Reshapes to `shape`, whose run-time sizes are `target` (int64 vector). The gradient takes x's own shape back. */
export function reshape(g: Graph, x: Value, shape: readonly Dim[], target: Value): Value {
  const y = g.node('Reshape', [x, target], shape);
  return g.record(y, [x], (d) => {
    const back = g.node('Shape', [x], [x.shape.length], {}, { dtype: 'int64' });
    return [g.node('Reshape', [d, back], x.shape)];
  });
}

export function transpose(g: Graph, x: Value, permutation: readonly number[]): Value {
  const y = g.node(
    'Transpose',
    [x],
    permutation.map((p) => x.shape[p]),
    { perm: permutation },
  );
  const inverse = permutation.map((_, i) => permutation.indexOf(i));
  return g.record(y, [x], (d) => [g.node('Transpose', [d], x.shape, { perm: inverse })]);
}

/** Cuts a tensor into `parts` equal pieces along an axis whose size is a multiple of their number. */
export function split(g: Graph, x: Value, parts: number, axis: number): Value[] {
  if (parts === 1) return [x];
  const shape = x.shape.map((d, i) => (i === axis ? part(d, parts) : d));
  const options = { dtype: x.dtype };
  const pieces = g.nodeOutputs('Split', [x], new Array(parts).fill(shape), { axis, num_outputs: parts }, options);
  if (x.dtype !== 'float32') return pieces;
  g.recordAll(pieces, [x], (d) => {
    const all = d.map((v, i) => v ?? g.node('Mul', [pieces[i], g.scalar(0)], shape));
    return [g.node('Concat', all, x.shape, { axis })];
  });
  return pieces;
}

/** Joins pieces of one shape along an axis. */
export function join(g: Graph, pieces: readonly Value[], axis: number): Value {
  if (pieces.length === 1) return pieces[0];
  const [{ shape, dtype }] = pieces;
  const joined = shape.map((d, i) => (i === axis ? times(d, pieces.length) : d));
  const y = g.node('Concat', pieces, joined, { axis }, { dtype });
  if (dtype !== 'float32') return y;
  return g.record(y, pieces, (d) =>
    g.nodeOutputs('Split', [d], new Array(pieces.length).fill(shape), { axis, num_outputs: pieces.length }),
  );
}

function part(d: Dim, parts: number): Dim {
  return typeof d === 'number' ? d / parts : `${d}/${parts}`;
}

/** The size of n such pieces; n = the number a size was divided by gives the size back. */
function times(d: Dim, n: number): Dim {
  if (typeof d === 'number') return d * n;
  return d.endsWith(`/${n}`) ? d.slice(0, -`/${n}`.length) : `${n}*${d}`;
}

/**
 * Rows of x [N, D] → [R, D] at `rows` (int32 [R]). The gradient is a gather too: `inverse` (int32 [N]) names for every row of x
 * the row of the result that came from it, or R where none did. Rows must be distinct wherever a gradient flows:
 * adding up duplicates by scatter is racy on several threads.
 */
export function gatherRows(g: Graph, x: Value, rows: Value, inverse: Value): Value {
  const y = g.node('Gather', [x, rows], [rows.shape[0], x.shape[1]], { axis: 0 });
  return g.record(y, [x], (d) => {
    const zero = g.constant('float32', [1, x.shape[1] as number], new Array(x.shape[1] as number).fill(0));
    const padded = g.node('Concat', [d, zero], ['R+1', x.shape[1]], { axis: 0 });
    return [g.node('Gather', [padded, inverse], x.shape, { axis: 0 })];
  });
}

// ── layers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Softmax over the last dimension. */
export function softmax(g: Graph, x: Value): Value {
  const y = g.node('Softmax', [x], x.shape, { axis: -1 });
  return g.record(y, [x], (d) => {
    const weighted = g.node('Mul', [d, y], x.shape);
    const last = x.shape.length - 1;
    const total = g.node('ReduceSum', [weighted, g.constant('int64', [1], [last])], [...x.shape.slice(0, last), 1], {
      keepdims: 1,
    });
    return [g.node('Sub', [weighted, g.node('Mul', [y, total], x.shape)], x.shape)];
  });
}

/** RMSNorm (Zhang & Sennrich 2019, eq. 4): y = x / √(mean(x²) + ε) · w, over the last dimension of x [N, D]; w [D]. */
export function rmsNorm(g: Graph, x: Value, w: Value, epsilon: number): Value {
  const column = [x.shape[0], 1];
  const last = g.constant('int64', [1], [1]);
  const y = g.node('SimplifiedLayerNormalization', [x, w], x.shape, {
    axis: -1,
    epsilon: { float: epsilon },
    stash_type: 1,
  });
  return g.record(y, [x, w], (d, n) => {
    const meanSquare = g.node('ReduceMean', [g.node('Mul', [x, x], x.shape), last], column, { keepdims: 1 });
    const inverse = g.node(
      'Reciprocal',
      [g.node('Sqrt', [g.node('Add', [meanSquare, g.scalar(epsilon)], column)], column)],
      column,
    );
    const normal = g.node('Mul', [x, inverse], x.shape);
    const dw = n[1] ? sumNode(g, g.node('Mul', [d, normal], x.shape), [0], w.shape) : undefined;
    if (!n[0]) return [undefined, dw];
    const dn = g.node('Mul', [d, w], x.shape);
    const projection = g.node('ReduceMean', [g.node('Mul', [dn, normal], x.shape), last], column, { keepdims: 1 });
    const dx = g.node(
      'Mul',
      [g.node('Sub', [dn, g.node('Mul', [normal, projection], x.shape)], x.shape), inverse],
      x.shape,
    );
    return [dx, dw];
  });
}

/** SwiGLU's gate: silu(a) · b with silu(a) = a·σ(a). */
export function swiglu(g: Graph, a: Value, b: Value): Value {
  const s = g.node('Sigmoid', [a], a.shape);
  const silu = g.node('Mul', [a, s], a.shape);
  const y = g.node('Mul', [silu, b], a.shape);
  return g.record(y, [a, b], (d, n) => {
    const db = n[1] ? g.node('Mul', [d, silu], a.shape) : undefined;
    if (!n[0]) return [undefined, db];
    // silu'(a) = σ + silu·(1 − σ)
    const slope = g.node('Add', [s, g.node('Sub', [silu, g.node('Mul', [silu, s], a.shape)], a.shape)], a.shape);
    return [g.node('Mul', [g.node('Mul', [d, b], a.shape), slope], a.shape), db];
  });
}

/**
 * Rotary position embedding (Su et al. 2021, eq. 34; half-split pairs as in Hugging Face) of x [B, T, H·hd] at
 * `positions` (int64 [B, T]); `cos`, `sin` [P, hd/2]. The derivative turns by the opposite angle.
 */
export function rotary(g: Graph, x: Value, positions: Value, cos: Value, sin: Value): Value {
  const turn = (v: Value, s: Value): Value => g.node('RotaryEmbedding', [v, positions, cos, s], x.shape, {}, MICROSOFT);
  return g.record(turn(x, sin), [x], (d) => [turn(d, g.node('Neg', [sin], sin.shape))]);
}

/** log softmax over the last dimension of rows [R, V]; no derivative. */
function logSoftmax(g: Graph, x: Value): Value {
  if (!g.portable) return g.node('LogSoftmax', [x], x.shape, { axis: -1 });
  const column = [x.shape[0], 1];
  const one = g.constant('int64', [1], [1]);
  const max = g.node('ReduceMax', [x, one], column, { keepdims: 1 });
  const shifted = g.node('Sub', [x, max], x.shape);
  const sum = g.node('ReduceSum', [g.node('Exp', [shifted], x.shape), one], column, { keepdims: 1 });
  return g.node('Sub', [shifted, g.node('Log', [sum], column)], x.shape);
}

/**
 * Log-probability of `targets` (int32 [R, 1]) under softmax(logits [R, V]), and the entropy of each row (nats).
 * One derivative for both: ∂/∂logits = g_logp·(onehot − p) − g_H·p·(log p + H).
 */
export function tokenLogprobs(
  g: Graph,
  logits: Value,
  targets: Value,
  differentiateEntropy: boolean,
): { logprob: Value; entropy: Value } {
  const column = [logits.shape[0], 1];
  const one = g.constant('int64', [1], [1]);
  const log = logSoftmax(g, logits);
  const p = g.node('Exp', [log], logits.shape);
  const logprob = g.node('GatherElements', [log, targets], column, { axis: 1 });
  const entropy = g.node(
    'Neg',
    [g.node('ReduceSum', [g.node('Mul', [p, log], logits.shape), one], column, { keepdims: 1 })],
    column,
  );
  g.record(logprob, [logits], (d) => {
    // Each row has one target, so overwriting its element is exact and needs no adding scatter.
    const all = g.node('Mul', [p, g.node('Neg', [d], column)], logits.shape);
    const own = g.node('Mul', [d, g.node('Sub', [g.scalar(1), g.node('Exp', [logprob], column)], column)], column);
    return [g.node('ScatterElements', [all, targets, own], logits.shape, { axis: 1 })];
  });
  if (differentiateEntropy) {
    g.record(entropy, [logits], (d) => {
      const inner = g.node('Mul', [p, g.node('Add', [log, entropy], logits.shape)], logits.shape);
      return [g.node('Mul', [inner, g.node('Neg', [d], column)], logits.shape)];
    });
  }
  return { logprob, entropy };
}
