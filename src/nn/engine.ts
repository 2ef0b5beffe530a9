import { totalmem } from 'node:os';
import type { Objective } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { Adamw, type AdamwOptions } from './adamw.ts';
import { BaseWeights, chooseWeightType, type KeptWide, type Opened, type WeightChoice } from './base-weights.ts';
import { objectiveFeeds, readScores, scoreFeeds } from './batch-feeds.ts';
import { type Layout, layoutBatch, planBatches, roundUp, type SequenceBatch, type TokenSequence } from './batches.ts';
import type { Network } from './decoder.ts';
import { DeviceCache } from './device-cache.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { type ParameterLayout, parameterLayout } from './files/parameters.ts';
import { Generator, type Sampled, type SampledToken, type SamplingRequest } from './generator.ts';
import { GpuWeights } from './gpu-weights.ts';
import type { Graph } from './graph.ts';
import { planPieces, planRuns } from './graph-plan.ts';
import { HostCache } from './host-cache.ts';
import { longestSequence } from './longest-sequence.ts';
import { trainedLayout } from './lora.ts';
import { LARGE_MODEL, samplerOptions } from './memory.ts';
import { buildScore, buildTraining, type GraphPlan, PLAIN } from './objective-graph.ts';
import { rotaryTables } from './rotary-tables.ts';
import { SequenceTooLongError } from './sequence-too-long.ts';
import {
  cpuDevice,
  type Device,
  type DeviceChoice,
  type Feeds,
  float32,
  openDevice,
  type Session,
  type Tensor,
} from './sessions.ts';

/**
 * A decoder with its weights on this thread: samples, scores, takes gradients. Every call blocks the thread while it computes;
 * `worker.ts` keeps it off the event loop.
 */

export interface EngineOptions {
  /** What computes. With WebGPU weights, gradients and optimizer stay in the graphics processor's memory. */
  readonly device: DeviceChoice;
  /** How weights under adapters are kept: float16 halves their memory, for a conversion at every use. Everything is computed in float32. */
  readonly weights: WeightChoice;
  readonly threads: number;
  /** Padded tokens in one run of the training or scoring graph; fewer where memory does not allow as many. */
  readonly tokensPerRun: number;
  /** Padded prompt tokens in one run of the sampler. */
  readonly promptTokensPerRun: number;
  /** Sequences sampled at once; default: 64, or as many of 1,024 tokens as 1 GiB of keys and values holds. */
  readonly slots?: number;
  /** Memory for keys and values of sequences seen before, bytes; default: 512 MiB for models above 20 M parameters, none for smaller ones. */
  readonly prefixBytes?: number;
  /** Memory for what a training run keeps for the way back, bytes; default: an eighth of the machine's. */
  readonly activationBytes: number;
}

export const ENGINE_DEFAULTS: EngineOptions = {
  device: 'cpu',
  weights: 'auto',
  threads: 2,
  tokensPerRun: 4096,
  promptTokensPerRun: 8192,
  activationBytes: totalmem() / 8,
};

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
  /** `portable` is set when the device is opened, `halves` when it has the weights under adapters. */
  network: Network;
  readonly config: DecoderConfig;
  readonly options: EngineOptions;
  /** What is trained, all weights or all adapters, laid out by trainedLayout. On another device these are a copy: see `synchronize`. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly optimizer: Adamw;
  private readonly layout: ParameterLayout;
  private readonly stops: ReadonlySet<number>;
  private readonly sessions = new Map<string, Promise<Session>>();
  private readonly feeds = new Map<Float32Array, Feeds>();
  private device: Device | undefined;
  /** Where what is trained lives when it is not here. */
  private gpu: GpuWeights | undefined;
  private preparing: Promise<void> | undefined;
  /** Whether the device has yet to get what is here. */
  private outdated = { parameters: true, moments: true, reference: true };
  private opened: Opened | undefined;
  /** Weights under the adapters. */
  private base: BaseWeights | undefined;
  private tables: Feeds = {};
  private positions = 0;
  private generator: Generator | undefined;
  private reference: Float32Array | undefined;
  private sum: Float32Array | undefined;

  /** @param gradients memory for the gradients, as long as what is trained; its own where none is given */
  constructor(
    network: Network | DecoderConfig,
    stopIds: readonly number[],
    options: Partial<EngineOptions> = {},
    gradients?: Float32Array,
  ) {
    this.network = 'config' in network ? network : { config: network };
    this.config = this.network.config;
    this.options = { ...ENGINE_DEFAULTS, ...options };
    this.layout = trainedLayout(this.network);
    this.parameters = new Float32Array(this.layout.total);
    this.gradients = gradients ?? new Float32Array(this.layout.total);
    this.optimizer = new Adamw(this.layout.total);
    this.stops = new Set(stopIds);
    if (this.options.device === 'cpu') this.device = cpuDevice(this.options.threads);
  }

  /**
   * Fresh weights: normal(0, 0.02) for matrices, the residual projections scaled by 1/√(2·layers) (GPT-2), 1 for norms, 0 for biases.
   * Fresh adapters: A uniform in ±1/√inputs, B 0, as PEFT draws them, so that the model is the one beneath.
   */
  initialize(seed: number): void {
    this.layout.specs.forEach((p, index) => {
      const view = this.parameters.subarray(p.offset, p.offset + p.size);
      const random = Random.of(seed, 'weights', index);
      if (this.network.lora) {
        const bound = p.name.endsWith('lora_A.weight') ? 1 / Math.sqrt(p.shape[1]) : 0;
        for (let i = 0; i < view.length; i++) view[i] = bound * (2 * random.next() - 1);
        return;
      }
      if (p.shape.length === 1) {
        view.fill(p.name.endsWith('norm.weight') ? 1 : 0);
        return;
      }
      const residual = p.name.endsWith('o_proj.weight') || p.name.endsWith('down_proj.weight');
      const scale = 0.02 / (residual ? Math.sqrt(2 * this.config.layers) : 1);
      for (let i = 0; i < view.length; i++) view[i] = scale * random.normal();
    });
    this.setParameters(this.parameters);
  }

  /** Opens the device; says what computes, and how weights under adapters are kept. */
  async open(): Promise<Opened> {
    await this.prepare();
    return this.opened!;
  }

  /**
   * Takes the weights that lie under the adapters, one after the other. On the processor they are used where they are, never copied; a device gets its own,
   * and none is needed here afterwards.
   *
   * @returns matrices that stay in float32 where the others are in float16
   */
  async setBase(read: (name: string, size: number) => Float32Array | Promise<Float32Array>): Promise<KeptWide[]> {
    const { weights } = await this.open();
    const base = new BaseWeights(this.device!, weights);
    try {
      for (const spec of parameterLayout(this.config).specs) await base.add(spec, await read(spec.name, spec.size));
    } catch (error) {
      base.dispose();
      throw error;
    }
    await this.forgetGraphs();
    this.base?.dispose();
    this.base = base;
    this.network = { ...this.network, halves: base.halves };
    return base.wide;
  }

  setParameters(parameters: Float32Array): void {
    if (parameters !== this.parameters) this.parameters.set(parameters);
    this.outdated.parameters = true;
    this.changed();
  }

  /** Takes the optimizer's state with the weights it belongs to. */
  setState(state: { parameters: Float32Array; m: Float32Array; v: Float32Array; steps: number }): void {
    this.optimizer.m.set(state.m);
    this.optimizer.v.set(state.v);
    this.optimizer.steps = state.steps;
    this.outdated.moments = true;
    this.setParameters(state.parameters);
  }

  /** Brings `parameters` and the optimizer's moments up to date with the device. */
  async synchronize(): Promise<void> {
    await this.prepare();
    const { parameters, optimizer } = this;
    await this.gpu?.download({ parameters, m: optimizer.m, v: optimizer.v });
  }

  clearGradients(): void {
    this.gradients.fill(0);
    this.gpu?.clearGradients();
  }

  /** Keeps a frozen copy of the given or the present weights as the reference policy. */
  async freezeReference(weights?: Float32Array): Promise<void> {
    if (weights === undefined) await this.synchronize();
    if (this.reference) this.feeds.delete(this.reference);
    this.reference = (weights ?? this.parameters).slice();
    this.outdated.reference = true;
  }

  /** Opens the device, and gives it what it does not have yet; once for all who ask at the same time. */
  private prepare(): Promise<void> {
    this.preparing ??= this.bringUpToDate().finally(() => {
      this.preparing = undefined;
    });
    return this.preparing;
  }

  private async bringUpToDate(): Promise<void> {
    this.device ??= await openDevice(this.options.device, this.options.threads);
    const { device, outdated } = this;
    const frozen = this.network.lora !== undefined;
    this.opened ??= { device: device.kind, weights: await chooseWeightType(this.options.weights, frozen, device) };
    if (device.kind === 'cpu') return;
    if (!this.gpu) {
      this.network = { ...this.network, portable: true };
      this.gpu = new GpuWeights(device, this.layout);
    }
    // What changes while this goes on is brought over the next time.
    this.outdated = { parameters: false, moments: false, reference: false };
    if (outdated.parameters) await this.gpu.setParameters(this.parameters);
    if (outdated.moments) await this.gpu.setMoments(this.optimizer.m, this.optimizer.v);
    if (outdated.reference && this.reference) await this.gpu.setReference(this.reference);
  }

  /**
   * Samples a completion for every request. A completion depends on its own request only, not on its batch, up to the rounding of
   * float32 sums.
   *
   * @throws SequenceTooLongError when prompt and completion exceed the model's positions
   */
  async sample(requests: readonly SamplingRequest[]): Promise<Sampled[]> {
    for (const r of requests) this.checkFits(r.prompt.length + r.maxTokens);
    return (await this.sampler()).sample(requests);
  }

  /** Samples one completion beside whatever else is being sampled, and tells of every token. */
  async generate(
    request: SamplingRequest,
    onToken?: (token: SampledToken) => void,
    signal?: { aborted: boolean },
  ): Promise<Sampled> {
    this.checkFits(request.prompt.length + request.maxTokens);
    return (await this.sampler()).generate(request, onToken, signal);
  }

  private async sampler(): Promise<Generator> {
    if (this.generator) return this.generator;
    await this.prepare();
    const device = this.device!;
    this.generator ??= new Generator(
      this.network,
      this.stops,
      {
        ...samplerOptions(this.network, this.options),
        promptTokensPerRun: this.options.promptTokensPerRun,
      },
      async (name, build, feeds, positions) => {
        await this.prepare();
        const session = await this.session(name, build);
        return session.run({ ...this.weightFeeds('current'), ...this.rotary(positions), ...feeds });
      },
      device.kind === 'cpu' ? new HostCache(this.config) : new DeviceCache(this.config, device),
    );
    return this.generator;
  }

  /** Log-probability and entropy of every response token under softmax(logits / temperature). */
  async score(
    sequences: readonly TokenSequence[],
    temperature: number,
    set: WeightSet = 'current',
    layout: Layout = 'right',
  ): Promise<Scores[]> {
    if (set === 'reference' && !this.reference) throw new Error('score: no reference policy was frozen');
    await this.prepare();
    const results: Scores[] = new Array(sequences.length);
    for (const { indices } of this.runs(sequences)) {
      const { batch, pieces } = this.lay(
        indices.map((i) => sequences[i]),
        layout,
      );
      const plan = { ...PLAIN, ...pieces };
      const session = await this.session(`score:${planKey(plan)}`, () => buildScore(this.network, plan));
      const out = await session.run({
        ...this.weightFeeds(set),
        ...this.rotary(batch.width),
        ...scoreFeeds(batch, temperature),
      });
      readScores(batch, indices, sequences, out, results);
    }
    return results;
  }

  /**
   * Adds the objective's gradient over these examples to `gradients`.
   *
   * @param forced how to trade memory for time; default: by what fits
   */
  async accumulate(
    examples: readonly TrainingExample[],
    objective: Objective,
    temperature: number,
    forced?: GraphPlan,
  ): Promise<GradientResult> {
    await this.prepare();
    const scores: Scores[] = new Array(examples.length);
    let loss = 0;
    for (const [run, { indices, recompute }] of this.runs(examples).entries()) {
      const chosen = indices.map((i) => examples[i]);
      const { batch, pieces } = this.lay(chosen, 'right', forced);
      const staged = parameterLayout(this.config).total > LARGE_MODEL;
      const plan = forced ?? { ...pieces, recompute, staged: staged || recompute };
      const session = await this.session(`train:${planKey(plan)}:${JSON.stringify(objective)}`, () =>
        buildTraining(this.network, objective, plan),
      );
      const out = await session.run({
        ...this.weightFeeds('current'),
        ...this.rotary(batch.width),
        ...scoreFeeds(batch, temperature),
        ...objectiveFeeds(batch, chosen, objective),
        ...this.dropoutFeeds(batch, run),
      });
      loss += (out.loss.data as Float32Array)[0];
      readScores(batch, indices, examples, out, scores);
      await this.collect(batch, out);
    }
    return { loss, scores };
  }

  /**
   * One optimizer step on the sum of `shares` (gradients of several replicas, or this engine's own).
   *
   * @returns the gradient norm before clipping; when it is not finite no weight was changed
   */
  async step(options: AdamwOptions, shares: readonly Float32Array[] = [this.gradients]): Promise<number> {
    if (this.gpu) return this.stepOnDevice(this.gpu, options);
    let gradients = shares[0];
    if (shares.length > 1) {
      this.sum ??= new Float32Array(this.layout.total);
      this.sum.set(shares[0]);
      for (const share of shares.slice(1)) addInto(this.sum, 0, share);
      gradients = this.sum;
    }
    const decayed = this.layout.specs
      .filter((p) => p.shape.length > 1)
      .map((p) => [p.offset, p.offset + p.size] as const);
    const norm = this.optimizer.step(this.parameters, gradients, options, decayed);
    this.changed();
    return norm;
  }

  private async stepOnDevice(gpu: GpuWeights, options: AdamwOptions): Promise<number> {
    const embedding = this.network.lora
      ? undefined
      : this.layout.specs.find((p) => p.name === 'model.embed_tokens.weight');
    const collected = embedding && this.gradients.subarray(embedding.offset, embedding.offset + embedding.size);
    const norm = await gpu.step(options, this.optimizer.steps + 1, collected);
    if (Number.isFinite(norm)) this.optimizer.steps++;
    this.changed();
    return norm;
  }

  async close(): Promise<void> {
    await this.forgetGraphs();
    await this.gpu?.close();
    this.base?.dispose();
  }

  private async forgetGraphs(): Promise<void> {
    this.generator?.close();
    this.generator = undefined;
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  /** What was computed with other weights is forgotten. */
  private changed(): void {
    this.generator?.forget();
  }

  /** Batches for the graphs of whole sequences. */
  private runs(sequences: readonly TokenSequence[]): { indices: number[]; recompute: boolean }[] {
    const lengths = sequences.map((s) => s.prompt.length + s.response.length);
    for (const n of lengths) this.checkFits(n);
    const { tokens, recompute } = planRuns(this.config, Math.max(1, ...lengths), this.options);
    return planBatches(lengths, tokens).map((indices) => ({ indices, recompute }));
  }

  private lay(
    sequences: readonly TokenSequence[],
    layout: Layout,
    forced?: GraphPlan,
  ): { batch: SequenceBatch; pieces: Pick<GraphPlan, 'attentionChunks' | 'headChunks'> } {
    const width = Math.max(1, ...sequences.map((s) => s.prompt.length + s.response.length));
    const rows = sequences.length * Math.max(1, ...sequences.map((s) => s.response.length));
    const pieces = forced ?? planPieces(this.config, width, rows);
    const multiples = { width: pieces.attentionChunks, length: pieces.headChunks };
    return { batch: layoutBatch(sequences, layout, multiples), pieces };
  }

  private checkFits(tokens: number): void {
    const longest = longestSequence(this.config);
    if (tokens > longest) throw new SequenceTooLongError(tokens, longest);
  }

  private rotary(positions: number): Feeds {
    if (positions > this.positions) {
      this.positions = roundUp(Math.max(positions, 2 * this.positions), 256);
      const { cos, sin } = rotaryTables(this.config, this.positions);
      const dims = [this.positions, this.config.headDim / 2];
      this.tables = { 'rotary.cos': float32(cos, dims), 'rotary.sin': float32(sin, dims) };
    }
    return this.tables;
  }

  private dropoutFeeds(batch: SequenceBatch, run: number): Feeds {
    const { lora } = this.network;
    if (!lora || lora.dropout === 0) return {};
    const random = Random.of(this.optimizer.steps, 'dropout', run);
    const rows = Float32Array.from(batch.tokens, () => random.next());
    return { 'dropout.rows': float32(rows, [rows.length, 1]) };
  }

  private async collect(batch: SequenceBatch, out: Record<string, Tensor>): Promise<void> {
    if (this.gpu) await this.gpu.add(out);
    else {
      for (const p of this.layout.specs) {
        const g = out[`d.${p.name}`];
        if (g) addInto(this.gradients, p.offset, g.data as Float32Array);
      }
    }
    if (!out['d.embedded']) return;
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
      session = this.device!.compile(build());
      this.sessions.set(name, session);
    }
    return session;
  }

  /** Here: tensors over the weights themselves, so that in-place updates are seen by the next run. */
  private weightFeeds(set: WeightSet): Feeds {
    if (this.gpu) return { ...this.base?.feeds, ...this.gpu.feeds(set) };
    const weights = set === 'current' ? this.parameters : this.reference!;
    let feeds = this.feeds.get(weights);
    if (!feeds) {
      feeds = Object.fromEntries(
        this.layout.specs.map((p) => [p.name, float32(weights.subarray(p.offset, p.offset + p.size), p.shape)]),
      );
      this.feeds.set(weights, feeds);
    }
    return { ...this.base?.feeds, ...feeds };
  }
}

function planKey(plan: GraphPlan): string {
  return `${plan.staged}:${plan.recompute}:${plan.attentionChunks}:${plan.headChunks}`;
}

function addInto(target: Float32Array, offset: number, source: Float32Array): void {
  for (let i = 0; i < source.length; i++) target[offset + i] += source[i];
}
