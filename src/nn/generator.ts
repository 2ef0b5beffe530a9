import { Random } from '../text/random.ts';
import { BlockSampler } from './block-sampler.ts';
import type { ExtendOptions, Network } from './decoder.ts';
import { parameterLayout } from './files/parameters.ts';
import type { Graph } from './graph.ts';
import { KeyValueCache, type SavedPrefix } from './key-value-cache.ts';
import { LARGE_MODEL } from './memory.ts';
import { commonPrefix, PrefixStore } from './prefix-store.ts';
import { buildStep, type Drawing } from './sampler-graph.ts';
import { TokenSampler } from './sampling.ts';
import type { SequenceCache } from './sequence-cache.ts';
import { type Feeds, float32, int32, int64, type Tensor } from './sessions.ts';

export interface SamplingRequest {
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  /** So many of the most likely tokens are named for every token drawn; default 0. */
  readonly topLogprobs?: number;
}

export interface Sampled {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
  readonly stopped: boolean;
}

/** A token, as soon as it is drawn. */
export interface SampledToken {
  readonly id: number;
  readonly logprob: number;
  /** The most likely tokens, where they were asked for, the likeliest first. */
  readonly top?: readonly { readonly id: number; readonly logprob: number }[];
}

export interface GeneratorOptions {
  /** Sequences that run at once. */
  readonly slots: number;
  /** Padded prompt tokens read in one run. */
  readonly promptTokensPerRun: number;
  /** Memory for keys and values of sequences seen before, bytes; 0: none. */
  readonly prefixBytes: number;
}

/** Runs one step's graph with the present weights; feeds and outputs as `buildStep` names them. */
export type RunStep = (
  name: string,
  build: () => Graph,
  feeds: Feeds,
  positions: number,
) => Promise<Record<string, Tensor>>;

/** Above this many tokens a step's graph sums over blocks of them: going through all of them here would take longer than computing them. */
const LARGE_VOCABULARY = 16_384;
/** Prompt tokens worth a run of their own while other sequences are running. */
const WORTH_A_RUN = 256;
/** Tokens in common that are worth waiting for another sequence to compute them. */
const WORTH_SHARING = 32;
/** So many sequences are few, see linearOfFew. */
const FEW = 48;

interface Running {
  readonly request: SamplingRequest;
  readonly random: Random;
  readonly ids: number[];
  readonly logprobs: number[];
  /** Tokens whose keys and values are in the cache. */
  filled: number;
  readonly onToken: ((token: SampledToken) => void) | undefined;
  readonly resolve: (sampled: Sampled) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: { aborted: boolean } | undefined;
}

/**
 * Samples many sequences at once with continuous batching: a finished sequence's place is taken by the next one that waits, prompts that begin
 * alike are computed once, and every sequence draws from its own random stream, so that a sample depends on its own request alone: not on
 * the batch, not on the order of arrival, up to the rounding of float32 sums.
 */
export class Generator {
  private readonly network: Network;
  private readonly options: GeneratorOptions;
  private readonly stops: ReadonlySet<number>;
  private readonly runStep: RunStep;
  private readonly cache: SequenceCache;
  private readonly prefixes: PrefixStore;
  private readonly bytesPerToken: number;
  private readonly sampler: TokenSampler;
  private readonly blockSampler: BlockSampler;
  private readonly large: boolean;
  private waiting: Running[] = [];
  /** In the order of their rows in the cache. */
  private readonly running: Running[] = [];
  private working = false;

  constructor(
    network: Network,
    stops: ReadonlySet<number>,
    options: GeneratorOptions,
    runStep: RunStep,
    cache: SequenceCache,
  ) {
    this.network = network;
    this.options = options;
    this.stops = stops;
    this.runStep = runStep;
    this.bytesPerToken = KeyValueCache.bytesPerToken(network.config);
    this.cache = cache;
    this.prefixes = new PrefixStore(options.prefixBytes);
    this.large = parameterLayout(network.config).total > LARGE_MODEL;
    this.sampler = new TokenSampler(network.config.vocabSize);
    this.blockSampler = new BlockSampler(network.config.vocabSize);
  }

  /** Samples all; the answers are in the order of the requests. */
  async sample(requests: readonly SamplingRequest[]): Promise<Sampled[]> {
    const results: Promise<Sampled>[] = new Array(requests.length);
    // Similar lengths side by side need little padding.
    const order = requests
      .map((_, i) => i)
      .sort((a, b) => requests[b].prompt.length - requests[a].prompt.length || a - b);
    for (const i of order) results[i] = this.generate(requests[i]);
    return Promise.all(results);
  }

  /**
   * Samples one, beside whatever else runs.
   *
   * @param signal when it is aborted, what was sampled so far is the answer
   */
  generate(
    request: SamplingRequest,
    onToken?: (token: SampledToken) => void,
    signal?: { aborted: boolean },
  ): Promise<Sampled> {
    return new Promise((resolve, reject) => {
      const random = new Random(request.seed);
      this.waiting.push({ request, random, ids: [], logprobs: [], filled: 0, onToken, resolve, reject, signal });
      if (this.working) return;
      this.working = true;
      void this.work();
    });
  }

  /** To be called when the weights have changed. */
  forget(): void {
    this.prefixes.clear();
  }

  /** Gives the memory back; what is asked for next begins anew. */
  close(): void {
    this.prefixes.clear();
    this.cache.close();
  }

  private async work(): Promise<void> {
    // Requests of one call arrive together before the first step.
    await undefined;
    try {
      while (this.waiting.length > 0 || this.running.length > 0) {
        this.waiting = this.waiting.filter((r) => !this.endAborted(r));
        await this.admit();
        if (this.running.length > 0) await this.advance();
        // Lets requests and cancellations in that arrived meanwhile.
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.working = false;
    } catch (error) {
      const lost = [...this.running.splice(0), ...this.waiting.splice(0)];
      // Whoever asks again finds nothing of what failed.
      this.close();
      this.working = false;
      for (const r of lost) r.reject(error);
    }
  }

  private endAborted(r: Running): boolean {
    if (r.signal?.aborted !== true) return false;
    r.resolve(finished(r, false));
    return true;
  }

  /** Reads the prompts of the next waiting sequences, as many as there is place for. */
  private async admit(): Promise<void> {
    const free = this.options.slots - this.running.length;
    if (free === 0 || this.waiting.length === 0) return;
    const { batch, members, tokens } = this.choose(free);
    const others = this.waiting.length > members.size;
    if (this.running.length > 0 && others && tokens < WORTH_A_RUN) return;
    this.waiting = this.waiting.filter((r) => !members.has(r));
    await this.read(batch);
  }

  /** The next sequences to be read together: no two of which share a beginning that is not yet known. */
  private choose(free: number): { batch: Admitted[]; members: ReadonlySet<Running>; tokens: number } {
    const batch: Admitted[] = [];
    const members = new Set<Running>();
    let width = 0;
    for (const r of this.waiting) {
      if (members.size === free) break;
      const { prompt } = r.request;
      const same = batch.find((a) => sameTokens(a.prompt, prompt));
      if (same === undefined) {
        const known = this.prefixes.enabled ? this.prefixes.find(prompt, WORTH_SHARING, prompt.length - 1) : undefined;
        const length = known?.length ?? 0;
        const shares = (a: Admitted): boolean => commonPrefix(a.prompt, prompt) >= length + WORTH_SHARING;
        if (this.prefixes.enabled && batch.some(shares)) continue;
        const [other] = batch;
        const alike =
          other === undefined || (other.known?.saved === known?.saved && other.known?.length === known?.length);
        if (this.cache.oneBeginning && !alike) continue;
        const wider = Math.max(width, prompt.length - length);
        if (batch.length > 0 && (batch.length + 1) * wider > this.options.promptTokensPerRun) break;
        width = wider;
        batch.push({ prompt, sequences: [r], known });
      } else {
        same.sequences.push(r);
      }
      members.add(r);
    }
    return { batch, members, tokens: batch.length * width };
  }

  /** Runs the prompts and gives every sequence its first token. Those with the same prompt share its run. */
  private async read(batch: readonly Admitted[]): Promise<void> {
    const B = batch.length;
    const known = batch.map((a) => a.known?.length ?? 0);
    const fresh = batch.map((a, i) => a.prompt.subarray(known[i]));
    const members = [
      ...batch.map((a, i) => ({ r: a.sequences[0], of: i })),
      ...batch.flatMap((a, i) => a.sequences.slice(1).map((r) => ({ r, of: i }))),
    ];
    const T = Math.max(...fresh.map((f) => f.length));
    const tokens = new Int32Array(B * T);
    const positions = new BigInt64Array(B * T);
    fresh.forEach((ids, i) => {
      tokens.set(ids, i * T);
      for (let t = 0; t < T; t++) positions[i * T + t] = BigInt(known[i] + t);
    });
    const rows = Int32Array.from(members, ({ of }) => of * T + fresh[of].length - 1);
    const cache = await this.cache.beginRead(
      batch.map((a) => ({ length: a.prompt.length, known: a.known, sequences: a.sequences.length })),
    );
    const sequences = members.map((m) => m.r);
    const feeds: Feeds = {
      tokens: int32(tokens, [B, T]),
      positions: int64(positions, [B, T]),
      rows: int32(rows, [rows.length]),
      ...cache,
    };
    const reach = Math.max(...known) + T;
    const out = await this.step({ tokens: 'many', cached: cache !== undefined }, temperatures(sequences), feeds, reach);
    await this.cache.endRead(out, T);
    const first = this.running.length;
    for (const r of sequences) r.filled = r.request.prompt.length;
    this.running.push(...sequences);
    for (const [i, a] of batch.entries()) {
      if (fresh[i].length >= WORTH_SHARING) await this.remember(first + i, a.prompt);
    }
    await this.take(
      first,
      sequences.map((_, i) => i),
      out,
    );
  }

  /** One more token for every running sequence. */
  private async advance(): Promise<void> {
    const { running } = this;
    const { width, rows, feeds } = await this.cache.beginStep();
    const tokens = new Int32Array(width);
    const positions = new BigInt64Array(width);
    const heat = new Array<number>(width).fill(1);
    running.forEach((r, i) => {
      tokens[rows[i]] = r.ids[r.ids.length - 1];
      positions[rows[i]] = BigInt(r.filled);
      heat[rows[i]] = r.request.temperature;
    });
    const all: Feeds = { tokens: int32(tokens, [width, 1]), positions: int64(positions, [width, 1]), ...feeds };
    const reach = Math.max(...running.map((r) => r.filled)) + 1;
    const out = await this.step({ tokens: 'one', cached: true }, heat, all, reach);
    await this.cache.endStep(out);
    for (const r of running) r.filled++;
    await this.take(0, rows, out);
  }

  /** Gives the sequences from `first` on their next token, by their rows of `out`, and lets those go that have ended. */
  private async take(first: number, rows: readonly number[], out: Record<string, Tensor>): Promise<void> {
    const { running } = this;
    rows.forEach((row, i) => {
      const r = running[first + i];
      const { id, logprob } = this.drawn(r, out, row);
      const top = r.request.topLogprobs ? this.sampler.top(out.logits.data as Float32Array, row, r.request) : undefined;
      r.ids.push(id);
      r.logprobs.push(logprob);
      r.onToken?.({ id, logprob, ...(top && { top }) });
    });
    for (let i = running.length - 1; i >= first; i--) {
      const r = running[i];
      const stopped = this.stops.has(r.ids[r.ids.length - 1]);
      if (!stopped && r.ids.length < r.request.maxTokens && r.signal?.aborted !== true) continue;
      await this.release(i);
      r.resolve(finished(r, stopped));
    }
  }

  private drawn(r: Running, out: Record<string, Tensor>, i: number): { id: number; logprob: number } {
    const { temperature, topP } = r.request;
    const data = (name: string): Float32Array => out[name].data as Float32Array;
    // A nucleus needs all tokens in order, large vocabulary or not.
    if (out.sums && topP === 1) {
      const blocks = { logits: data('logits'), maxima: data('maxima'), sums: data('sums') };
      return this.blockSampler.draw(blocks, i, temperature, r.random);
    }
    const offset = i * this.network.config.vocabSize;
    return this.sampler.draw(data('logits'), offset, temperature, topP, r.random.next());
  }

  /** Ends a sequence; the last one gets its place. */
  private async release(i: number): Promise<void> {
    const { running } = this;
    const r = running[i];
    if (this.prefixes.enabled) {
      await this.remember(i, Int32Array.of(...r.request.prompt, ...r.ids).subarray(0, r.filled));
    }
    this.cache.release(i);
    const last = running.pop()!;
    if (last !== r) running[i] = last;
  }

  private async remember(i: number, tokens: Int32Array): Promise<void> {
    if (!this.prefixes.enabled || !this.prefixes.wants(tokens, this.bytesPerToken)) return;
    this.prefixes.add(tokens, await this.cache.save(i, tokens.length), this.bytesPerToken);
  }

  private step(
    options: Omit<ExtendOptions, 'few'>,
    heat: readonly number[],
    feeds: Feeds,
    positions: number,
  ): Promise<Record<string, Tensor>> {
    const drawing: Drawing = this.network.config.vocabSize > LARGE_VOCABULARY ? 'blocks' : 'rows';
    const few = this.large && !this.network.portable && heat.length > 1 && heat.length <= FEW;
    const name = `${options.tokens}:${options.cached}:${few}`;
    const inverse = Float32Array.from(heat, (t) => (t > 0 ? 1 / t : 1));
    const all = drawing === 'blocks' ? { ...feeds, inverse_temperature: float32(inverse, [heat.length, 1]) } : feeds;
    return this.runStep(name, () => buildStep(this.network, { ...options, few }, drawing), all, positions);
  }
}

/** Sequences with one prompt, and the part of it that is known. */
interface Admitted {
  readonly prompt: Int32Array;
  readonly sequences: Running[];
  readonly known: { readonly saved: SavedPrefix; readonly length: number } | undefined;
}

function temperatures(sequences: readonly Running[]): number[] {
  return sequences.map((r) => r.request.temperature);
}

function finished(r: Running, stopped: boolean): Sampled {
  return { ids: Int32Array.from(r.ids), logprobs: Float32Array.from(r.logprobs), stopped };
}

function sameTokens(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && commonPrefix(a, b) === a.length;
}
