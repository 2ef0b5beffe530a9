import { Worker } from 'node:worker_threads';
import type { Objective } from '../objectives/objective.ts';
import type { AdamwOptions } from './adamw.ts';
import type { KeptWide, Opened } from './base-weights.ts';
import type { TokenSequence } from './batches.ts';
import type { Network } from './decoder.ts';
import type { EngineOptions, GradientResult, Scores, TrainingExample, WeightSet } from './engine.ts';
import type { DecoderConfig } from './files/model-config.ts';
import type { Sampled, SampledToken, SamplingRequest } from './generator.ts';
import { trainedLayout } from './lora.ts';
import type { Cancellation, Methods, Request, Response, TrainingState, WorkerData } from './worker.ts';

/** The engine's thread died. */
export class EngineFailure extends Error {
  readonly code = 'TURNWISE_ENGINE_FAILED';
  override readonly name = 'EngineFailure';
}

export interface EngineGroupOptions extends Partial<EngineOptions> {
  /** Engines with equal weights that share every batch, each on a thread of its own. */
  readonly replicas: number;
}

/**
 * Several engines that act as one: every batch is dealt out among them, gradients are summed in a fixed order, so a result depends on
 * the number of replicas (by rounding) but never on timing. For small models two replicas of one thread each are faster
 * than one engine on two threads: small matrices do not split well.
 */
export class EngineGroup {
  readonly replicas: number;
  private readonly members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.members = members;
    this.replicas = members.length;
  }

  static start(model: Network | DecoderConfig, stopIds: readonly number[], options: EngineGroupOptions): EngineGroup {
    const network = 'config' in model ? model : { config: model };
    const { replicas, ...engine } = options;
    const bytes = trainedLayout(network).total * Float32Array.BYTES_PER_ELEMENT;
    const gradients = Array.from({ length: replicas }, () => new SharedArrayBuffer(bytes));
    return new EngineGroup(
      gradients.map((_, replica) => new Member({ network, stopIds, options: engine, gradients, replica })),
    );
  }

  async initialize(seed: number): Promise<void> {
    await this.all('initialize', seed);
  }

  async setParameters(parameters: Float32Array): Promise<void> {
    await this.all('setParameters', parameters);
  }

  /** Opens the device; says what computes, and how weights under adapters are kept. */
  async open(): Promise<Opened> {
    const [opened] = await this.all('open');
    return opened;
  }

  /**
   * Reads the weights of a model folder, or, where adapters are trained, what lies under them; see Engine.setBase.
   *
   * @returns matrices that stay in float32 where the others are in float16
   */
  async loadWeights(folder: string): Promise<KeptWide[]> {
    const [wide] = await this.all('loadWeights', folder);
    return wide;
  }

  async setState(state: TrainingState): Promise<void> {
    await this.all('setState', state);
  }

  /** A copy of the weights and of the optimizer's moments. */
  state(): Promise<TrainingState> {
    return this.members[0].call('state');
  }

  /** Freezes the given weights, or the present ones, as the reference policy. */
  async freezeReference(parameters?: Float32Array): Promise<void> {
    await this.all('freezeReference', parameters);
  }

  sample(requests: readonly SamplingRequest[]): Promise<Sampled[]> {
    return this.dealt(
      requests,
      (r) => r.prompt.length,
      (member, share) => member.call('sample', share),
    );
  }

  /**
   * Samples one completion beside whatever else is sampled, in the replica that has least to do.
   *
   * @param onToken called for every token as soon as it is drawn
   * @param signal ends it early: the answer is then what was sampled so far
   */
  async generate(
    request: SamplingRequest,
    onToken?: (token: SampledToken) => void,
    signal?: AbortSignal,
  ): Promise<Sampled> {
    const member = this.members.reduce((a, b) => (b.generating < a.generating ? b : a));
    return member.generate(request, onToken, signal);
  }

  score(sequences: readonly TokenSequence[], temperature: number, set: WeightSet = 'current'): Promise<Scores[]> {
    return this.dealt(sequences, tokens, (member, share) => member.call('score', share, temperature, set));
  }

  /** Gradient of the objective over `examples` and one optimizer step. */
  async update(
    examples: readonly TrainingExample[],
    objective: Objective,
    temperature: number,
    options: AdamwOptions,
  ): Promise<GradientResult & { readonly gradNorm: number }> {
    let loss = 0;
    const scores = await this.dealt(examples, tokens, async (member, share) => {
      const result = await member.call('accumulate', share, objective, temperature);
      loss += result.loss;
      return result.scores;
    });
    const norms = await this.all('step', options);
    return { loss, scores, gradNorm: norms[0] };
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((m) => m.close()));
  }

  private all<M extends keyof Methods>(
    method: M,
    ...args: Parameters<Methods[M]>
  ): Promise<Awaited<ReturnType<Methods[M]>>[]> {
    return Promise.all(this.members.map((m) => m.call(method, ...args)));
  }

  /** Deals items out by size, largest first to and fro, and puts the answers back in order. */
  private async dealt<T, R>(
    items: readonly T[],
    size: (item: T) => number,
    work: (member: Member, share: T[]) => Promise<R[]>,
  ): Promise<R[]> {
    const order = items.map((_, i) => i).sort((a, b) => size(items[b]) - size(items[a]) || a - b);
    const hands: number[][] = this.members.map(() => []);
    const round = 2 * this.replicas;
    order.forEach((item, i) => {
      const place = i % round;
      hands[place < this.replicas ? place : round - 1 - place].push(item);
    });
    const results: R[] = new Array(items.length);
    await Promise.all(
      this.members.map(async (member, m) => {
        const answers = await work(
          member,
          hands[m].map((i) => items[i]),
        );
        hands[m].forEach((i, j) => {
          results[i] = answers[j];
        });
      }),
    );
    return results;
  }
}

function tokens(s: TokenSequence): number {
  return s.prompt.length + s.response.length;
}

/** Built, the thread runs worker.js; run from source (tests, development) it first needs the TypeScript loader. */
function startWorker(data: WorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: data });
  const url = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const bootstrap = `import('tsx/esm/api').then(({ register }) => { register(); return import(${url}); });`;
  return new Worker(bootstrap, { eval: true, workerData: data });
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onToken: ((token: SampledToken) => void) | undefined;
}

/** A worker thread and the calls it still owes. */
class Member {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  /** Calls of `generate` under way. */
  generating = 0;
  private failure: Error | undefined;

  constructor(data: WorkerData) {
    this.worker = startWorker(data);
    this.worker.on('message', (response: Response) => this.settle(response));
    this.worker.on('error', (error) =>
      this.fail(new EngineFailure(`the engine stopped: ${error.message}`, { cause: error })),
    );
    this.worker.on('exit', (code) => this.fail(new EngineFailure(`the engine's thread ended with code ${code}`)));
  }

  call<M extends keyof Methods>(method: M, ...args: Parameters<Methods[M]>): Promise<Awaited<ReturnType<Methods[M]>>> {
    return this.send(method, args).answer as Promise<Awaited<ReturnType<Methods[M]>>>;
  }

  async generate(
    request: SamplingRequest,
    onToken?: (token: SampledToken) => void,
    signal?: AbortSignal,
  ): Promise<Sampled> {
    const { id, answer } = this.send('generate', [request], onToken);
    const cancel = (): void => this.worker.postMessage({ cancel: id } satisfies Cancellation);
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    this.generating++;
    try {
      return (await answer) as Sampled;
    } finally {
      this.generating--;
      signal?.removeEventListener('abort', cancel);
    }
  }

  private send(
    method: keyof Methods,
    args: readonly unknown[],
    onToken?: (token: SampledToken) => void,
  ): { id: number; answer: Promise<unknown> } {
    const id = this.next++;
    if (this.failure) return { id, answer: Promise.reject(this.failure) };
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onToken });
      this.worker.postMessage({ id, method, args } satisfies Request);
    });
    return { id, answer };
  }

  async close(): Promise<void> {
    if (this.failure) return;
    await this.call('close');
    this.failure = new EngineFailure('the engine is closed');
    await this.worker.terminate();
  }

  private settle(response: Response): void {
    const call = this.waiting.get(response.id);
    if (!call) return;
    if ('token' in response) {
      call.onToken?.(response.token);
      return;
    }
    this.waiting.delete(response.id);
    if ('error' in response) {
      const error = new Error(response.error.message);
      error.name = response.error.name;
      error.stack = response.error.stack;
      // What a person can act on stays told apart from what is a bug.
      if (response.error.code !== undefined) Object.assign(error, { code: response.error.code });
      call.reject(error);
    } else {
      call.resolve(response.result);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const call of this.waiting.values()) call.reject(this.failure);
    this.waiting.clear();
  }
}
