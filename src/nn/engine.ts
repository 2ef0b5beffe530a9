import type { Objective } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { Adamw, type AdamwOptions } from './adamw.ts';
import { type Layout, layoutBatch, planBatches, type SequenceBatch, type TokenSequence } from './batches.ts';
import { buildDecode, buildPrefill, rotaryTables } from './decoder.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';
import { Graph } from './graph.ts';
import { buildScore, buildTraining } from './objective-graph.ts';
import { TokenSampler } from './sampling.ts';
import { SequenceTooLongError } from './sequence-too-long.ts';
import { compile, type Feeds, float32, int32, int64, type Session, scalar, type Tensor } from './sessions.ts';

/**
 * A decoder with its weights on this thread: samples, scores, takes gradients. Every call blocks the thread while it computes;
 * `worker.ts` keeps it off the event loop.
 */

export interface EngineOptions {
  readonly threads: number;
  /** Padded tokens in one run of the training or scoring graph; bounds activation memory. */
  readonly tokensPerRun: number;
  /** Padded prompt tokens in one run of the sampler. */
  readonly promptTokensPerRun: number;
}

export const ENGINE_DEFAULTS: EngineOptions = { threads: 2, tokensPerRun: 4096, promptTokensPerRun: 8192 };

export interface SamplingRequest {
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
}

export interface Sampled {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
  readonly stopped: boolean;
}

export interface Scores {
  /** log π of every response token, nats. */
  readonly logprobs: Float32Array;
  /** Entropy of the distribution each response token was drawn from, nats. */
  readonly entropies: Float32Array;
}

/** One sequence of a training batch. Arrays have one entry per response token. */
export interface TrainingExample extends TokenSequence {
  readonly advantage: number;
  /** Weight of every token in the loss, see objectives/aggregation. */
  readonly weights: Float32Array;
  readonly oldLogprobs?: Float32Array;
  readonly refLogprobs?: Float32Array;
}

export interface GradientResult {
  readonly loss: number;
  readonly scores: Scores[];
}

/** Which weights score. */
export type WeightSet = 'current' | 'reference';

export class Engine {
  readonly config: DecoderConfig;
  readonly options: EngineOptions;
  /** All weights, laid out by parameterLayout. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly optimizer: Adamw;
  private reference: Float32Array | undefined;
  private sum: Float32Array | undefined;
  private readonly layout: ReturnType<typeof parameterLayout>;
  private readonly tables: Feeds;
  private readonly sessions = new Map<string, Promise<Session>>();
  private readonly feeds = new Map<Float32Array, Feeds>();
  private readonly stops: ReadonlySet<number>;

  /** @param gradients memory for the gradients, as long as all weights together; its own where none is given */
  constructor(
    config: DecoderConfig,
    stopIds: readonly number[],
    options: Partial<EngineOptions> = {},
    gradients?: Float32Array,
  ) {
    this.config = config;
    this.options = { ...ENGINE_DEFAULTS, ...options };
    this.layout = parameterLayout(config);
    this.parameters = new Float32Array(this.layout.total);
    this.gradients = gradients ?? new Float32Array(this.layout.total);
    this.optimizer = new Adamw(this.layout.total);
    this.stops = new Set(stopIds);
    const { cos, sin } = rotaryTables(config);
    const dims = [config.maxPositions, config.headDim / 2];
    this.tables = { 'rotary.cos': float32(cos, dims), 'rotary.sin': float32(sin, dims) };
  }

  /** Fresh weights: normal(0, 0.02) for matrices, the residual projections scaled by 1/√(2·layers) (GPT-2), 1 for norms, 0 for biases. */
  initialize(seed: number): void {
    this.layout.specs.forEach((p, index) => {
      const view = this.parameters.subarray(p.offset, p.offset + p.size);
      if (p.shape.length === 1) {
        view.fill(p.name.endsWith('norm.weight') ? 1 : 0);
        return;
      }
      const residual = p.name.endsWith('o_proj.weight') || p.name.endsWith('down_proj.weight');
      const scale = 0.02 / (residual ? Math.sqrt(2 * this.config.layers) : 1);
      const random = Random.of(seed, 'weights', index);
      for (let i = 0; i < view.length; i++) view[i] = scale * random.normal();
    });
  }

  /** Keeps a frozen copy of the present weights as the reference policy. */
  freezeReference(weights: Float32Array = this.parameters): void {
    if (this.reference) this.feeds.delete(this.reference);
    this.reference = weights.slice();
  }

  /**
   * Samples a completion for every request. A completion depends on its own request only, not on its batch, up to the rounding of
   * float32 sums.
   *
   * @throws RangeError when prompt and completion exceed the model's positions
   */
  async sample(requests: readonly SamplingRequest[]): Promise<Sampled[]> {
    for (const r of requests) this.checkFits(r.prompt.length + r.maxTokens);
    const results: Sampled[] = new Array(requests.length);
    const batches = planBatches(
      requests.map((r) => r.prompt.length),
      this.options.promptTokensPerRun,
    );
    for (const batch of batches) {
      const sampled = await this.sampleBatch(batch.map((i) => requests[i]));
      batch.forEach((i, j) => {
        results[i] = sampled[j];
      });
    }
    return results;
  }

  private async sampleBatch(requests: readonly SamplingRequest[]): Promise<Sampled[]> {
    const { config } = this;
    const { kvHeads: K, headDim: h, layers, vocabSize: V } = config;
    const B = requests.length;
    const weights = this.weightFeeds(this.parameters);
    const batch = layoutBatch(requests.map((r) => ({ prompt: r.prompt, response: new Int32Array(0) })));
    const P = batch.width;
    const lastRows = Int32Array.from(requests, (r, i) => i * P + r.prompt.length - 1);
    const prefill = await this.session('prefill', () => graph('prefill', (g) => buildPrefill(g, config)));
    const left = await prefill.run({ ...weights, ...this.tables, ...tokenFeeds(batch), rows: int32(lastRows, [B]) });

    const draw = new TokenSampler(V);
    const streams = requests.map((r) => new Random(r.seed));
    const ids: number[][] = requests.map(() => []);
    const logprobs: number[][] = requests.map(() => []);
    const live = new Uint8Array(B).fill(1);
    const stopped = new Uint8Array(B);
    let remaining = B;
    const take = (logits: Float32Array): void => {
      for (let b = 0; b < B; b++) {
        if (!live[b]) continue;
        const r = requests[b];
        const { id, logprob } = draw.draw(logits, b * V, r.temperature, r.topP, streams[b].next());
        ids[b].push(id);
        logprobs[b].push(logprob);
        stopped[b] = this.stops.has(id) ? 1 : 0;
        if (stopped[b] || ids[b].length >= r.maxTokens) {
          live[b] = 0;
          remaining--;
        }
      }
    };
    take(left.logits.data as Float32Array);

    if (remaining > 0) {
      const decode = await this.session('decode', () => graph('decode', (g) => buildDecode(g, config)));
      const promptMask = new Float32Array(B * P);
      requests.forEach((r, b) => promptMask.fill(-1e9, b * P + r.prompt.length, (b + 1) * P));
      const fixed: Feeds = { ...weights, ...this.tables, 'prompt.mask': float32(promptMask, [B, 1, 1, P]) };
      for (let i = 0; i < layers; i++) {
        fixed[`prompt.k.${i}`] = left[`k.${i}`] as Tensor;
        fixed[`prompt.v.${i}`] = left[`v.${i}`] as Tensor;
      }
      let cache = new OwnCache(layers, B * K, h, 8);
      const token = new Int32Array(B);
      const position = new BigInt64Array(B);
      for (let t = 0; remaining > 0; t++) {
        if (t === cache.capacity) cache = cache.grown();
        for (let b = 0; b < B; b++) {
          // A finished row repeats its last token; nothing reads what comes of it.
          token[b] = ids[b][ids[b].length - 1];
          position[b] = BigInt(requests[b].prompt.length + Math.min(t, ids[b].length - 1));
        }
        const out = await decode.run({
          ...fixed,
          ...cache.feeds(B, K, t),
          tokens: int32(token, [B, 1]),
          positions: int64(position, [B, 1]),
        });
        for (let i = 0; i < layers; i++)
          cache.write(i, t, out[`k.${i}`].data as Float32Array, out[`v.${i}`].data as Float32Array);
        take(out.logits.data as Float32Array);
      }
    }
    return requests.map((_, b) => ({
      ids: Int32Array.from(ids[b]),
      logprobs: Float32Array.from(logprobs[b]),
      stopped: stopped[b] === 1,
    }));
  }

  /** Log-probability and entropy of every response token under softmax(logits / temperature). */
  async score(
    sequences: readonly TokenSequence[],
    temperature: number,
    set: WeightSet = 'current',
    layout: Layout = 'right',
  ): Promise<Scores[]> {
    const source = set === 'current' ? this.parameters : this.reference;
    if (!source) throw new Error('score: no reference policy was frozen');
    const session = await this.session('score', () => buildScore(this.config));
    const results: Scores[] = new Array(sequences.length);
    for (const indices of this.plan(sequences)) {
      const batch = layoutBatch(
        indices.map((i) => sequences[i]),
        layout,
      );
      const out = await session.run({ ...this.weightFeeds(source), ...this.tables, ...scoreFeeds(batch, temperature) });
      readScores(batch, indices, sequences, out, results);
    }
    return results;
  }

  /** Adds the objective's gradient over these examples to `gradients`. */
  async accumulate(
    examples: readonly TrainingExample[],
    objective: Objective,
    temperature: number,
  ): Promise<GradientResult> {
    const session = await this.session(`train:${JSON.stringify(objective)}`, () =>
      buildTraining(this.config, objective),
    );
    const scores: Scores[] = new Array(examples.length);
    let loss = 0;
    for (const indices of this.plan(examples)) {
      const batch = layoutBatch(indices.map((i) => examples[i]));
      const feeds = { ...this.weightFeeds(this.parameters), ...this.tables, ...scoreFeeds(batch, temperature) };
      Object.assign(
        feeds,
        objectiveFeeds(
          batch,
          indices.map((i) => examples[i]),
          objective,
        ),
      );
      const out = await session.run(feeds);
      loss += (out.loss.data as Float32Array)[0];
      readScores(batch, indices, examples, out, scores);
      this.collect(batch, out);
    }
    return { loss, scores };
  }

  /**
   * One optimizer step on the sum of `shares` (gradients of several replicas, or this engine's own).
   *
   * @returns the gradient norm before clipping; when it is not finite no weight was changed
   */
  step(options: AdamwOptions, shares: readonly Float32Array[] = [this.gradients]): number {
    this.sum ??= new Float32Array(this.layout.total);
    this.sum.set(shares[0]);
    for (const share of shares.slice(1)) addInto(this.sum, 0, share);
    const decayed = this.layout.specs
      .filter((p) => p.shape.length > 1)
      .map((p) => [p.offset, p.offset + p.size] as const);
    return this.optimizer.step(this.parameters, this.sum, options, decayed);
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private plan(sequences: readonly TokenSequence[]): number[][] {
    const lengths = sequences.map((s) => s.prompt.length + s.response.length);
    for (const n of lengths) this.checkFits(n);
    return planBatches(lengths, this.options.tokensPerRun);
  }

  private checkFits(tokens: number): void {
    if (tokens > this.config.maxPositions) {
      throw new SequenceTooLongError(tokens, this.config.maxPositions);
    }
  }

  private collect(batch: SequenceBatch, out: Record<string, Tensor>): void {
    for (const p of this.layout.specs) {
      const g = out[`d.${p.name}`];
      if (!g) continue;
      addInto(this.gradients, p.offset, g.data as Float32Array);
    }
    const embedding = this.layout.specs.find((p) => p.name === 'model.embed_tokens.weight')!;
    const rows = out['d.embedded'].data as Float32Array;
    const D = this.config.hiddenSize;
    for (let r = 0; r < batch.tokens.length; r++) {
      if (batch.segments[r] === 0n) continue;
      const to = embedding.offset + batch.tokens[r] * D;
      for (let i = 0; i < D; i++) this.gradients[to + i] += rows[r * D + i];
    }
  }

  private session(name: string, build: () => Graph): Promise<Session> {
    let session = this.sessions.get(name);
    if (!session) {
      session = compile(build(), this.options.threads);
      this.sessions.set(name, session);
    }
    return session;
  }

  /** Tensors over the weights themselves: in-place updates are seen by the next run. */
  private weightFeeds(weights: Float32Array): Feeds {
    let feeds = this.feeds.get(weights);
    if (!feeds) {
      feeds = Object.fromEntries(
        this.layout.specs.map((p) => [p.name, float32(weights.subarray(p.offset, p.offset + p.size), p.shape)]),
      );
      this.feeds.set(weights, feeds);
    }
    return feeds;
  }
}

function graph(name: string, fill: (g: Graph) => void): Graph {
  const g = new Graph(name);
  fill(g);
  return g;
}

function addInto(target: Float32Array, offset: number, source: Float32Array): void {
  for (let i = 0; i < source.length; i++) target[offset + i] += source[i];
}

function tokenFeeds(b: SequenceBatch): Feeds {
  const dims = [b.rowsOfTokens, b.width];
  return { tokens: int32(b.tokens, dims), positions: int64(b.positions, dims), segments: int64(b.segments, dims) };
}

function scoreFeeds(b: SequenceBatch, temperature: number): Feeds {
  return {
    ...tokenFeeds(b),
    rows: int32(b.rows, [b.rows.length]),
    inverse: int32(b.inverse, [b.inverse.length]),
    targets: int32(b.targets, [b.targets.length, 1]),
    mask: float32(b.mask, [b.actions, b.length]),
    inverse_temperature: scalar(1 / temperature),
  };
}

function objectiveFeeds(b: SequenceBatch, examples: readonly TrainingExample[], objective: Objective): Feeds {
  const { actions: A, length: L } = b;
  const table = (pick: (e: TrainingExample) => Float32Array | undefined): Tensor => {
    const data = new Float32Array(A * L);
    examples.forEach((e, a) => {
      const row = pick(e);
      if (!row || row.length !== e.response.length) {
        throw new RangeError(
          `example ${a} needs ${e.response.length} numbers for its response tokens, got ${row?.length ?? 'none'}`,
        );
      }
      data.set(row, a * L);
    });
    return float32(data, [A, L]);
  };
  const feeds: Feeds = {
    weight: table((e) => e.weights),
    advantage: float32(
      Float32Array.from(examples, (e) => e.advantage),
      [A, 1],
    ),
  };
  if (objective.loss !== 'imitation') {
    feeds.old = table((e) => e.oldLogprobs);
    const cispo = objective.loss === 'cispo';
    feeds.ratio_low = scalar(1 - (cispo ? objective.cispoLow : objective.clipLow));
    feeds.ratio_high = scalar(1 + (cispo ? objective.cispoHigh : objective.clipHigh));
    if (!cispo && objective.dualClip > 0) feeds.dual_clip = scalar(objective.dualClip);
    if (objective.ratio === 'action')
      feeds.inverse_length = float32(
        Float32Array.from(examples, (e) => 1 / e.response.length),
        [A, 1],
      );
  }
  if (objective.klCoefficient !== 0) {
    feeds.ref = table((e) => e.refLogprobs);
    feeds.kl_coefficient = scalar(objective.klCoefficient);
  }
  if (objective.entropyCoefficient !== 0) feeds.entropy_coefficient = scalar(objective.entropyCoefficient);
  return feeds;
}

function readScores(
  b: SequenceBatch,
  indices: readonly number[],
  sequences: readonly TokenSequence[],
  out: Record<string, Tensor>,
  results: Scores[],
): void {
  const logprob = out.logprob.data as Float32Array;
  const entropy = out.entropy.data as Float32Array;
  indices.forEach((index, a) => {
    const n = sequences[index].response.length;
    results[index] = {
      logprobs: logprob.slice(a * b.length, a * b.length + n),
      entropies: entropy.slice(a * b.length, a * b.length + n),
    };
  });
}

/** Keys and values of the tokens sampled since the prompt, one pair of buffers a layer: [B·K, C, h]. */
class OwnCache {
  readonly capacity: number;
  private readonly layers: number;
  private readonly rows: number;
  private readonly h: number;
  private readonly k: Float32Array[];
  private readonly v: Float32Array[];

  constructor(layers: number, rows: number, h: number, capacity: number) {
    this.capacity = capacity;
    this.layers = layers;
    this.rows = rows;
    this.h = h;
    this.k = Array.from({ length: layers }, () => new Float32Array(rows * capacity * h));
    this.v = Array.from({ length: layers }, () => new Float32Array(rows * capacity * h));
  }

  /** Writes the keys and values of token t, [B·K, 1, h]. */
  write(layer: number, t: number, k: Float32Array, v: Float32Array): void {
    const { h, capacity } = this;
    for (let r = 0; r < this.rows; r++) {
      const to = (r * capacity + t) * h;
      for (let i = 0; i < h; i++) {
        this.k[layer][to + i] = k[r * h + i];
        this.v[layer][to + i] = v[r * h + i];
      }
    }
  }

  /** The same contents with twice the room. */
  grown(): OwnCache {
    const next = new OwnCache(this.layers, this.rows, this.h, this.capacity * 2);
    const width = this.capacity * this.h;
    for (let layer = 0; layer < this.layers; layer++) {
      for (let r = 0; r < this.rows; r++) {
        next.k[layer].set(this.k[layer].subarray(r * width, (r + 1) * width), 2 * r * width);
        next.v[layer].set(this.v[layer].subarray(r * width, (r + 1) * width), 2 * r * width);
      }
    }
    return next;
  }

  /** Feeds with `filled` tokens visible. */
  feeds(B: number, K: number, filled: number): Feeds {
    const mask = new Float32Array(this.capacity).fill(-1e9, filled);
    const feeds: Feeds = { 'own.mask': float32(mask, [1, 1, 1, this.capacity]) };
    for (let i = 0; i < this.layers; i++) {
      const dims = [B, K, this.capacity, this.h];
      feeds[`own.k.${i}`] = float32(this.k[i], dims);
      feeds[`own.v.${i}`] = float32(this.v[i], dims);
    }
    return feeds;
  }
}
