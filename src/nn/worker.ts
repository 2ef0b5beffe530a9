import { parentPort, workerData } from 'node:worker_threads';
import type { Objective } from '../objectives/objective.ts';
import type { AdamwOptions } from './adamw.ts';
import type { KeptWide, Opened } from './base-weights.ts';
import type { TokenSequence } from './batches.ts';
import type { Network } from './decoder.ts';
import {
  Engine,
  type EngineOptions,
  type GradientResult,
  type Scores,
  type TrainingExample,
  type WeightSet,
} from './engine.ts';
import { ModelWeights } from './files/model-weights.ts';
import type { Sampled, SampledToken, SamplingRequest } from './generator.ts';
import { outOfMemory } from './memory.ts';

/**
 * One replica of the engine on a thread of its own. Replicas hold equal weights: each takes gradients of its share into memory
 * that all can read, then all add the shares up in the same order and make the same step.
 */

export interface WorkerData {
  readonly network: Network;
  readonly stopIds: readonly number[];
  readonly options: Partial<EngineOptions>;
  /** One gradient array per replica, in shared memory. */
  readonly gradients: readonly SharedArrayBuffer[];
  readonly replica: number;
}

export interface Request {
  readonly id: number;
  readonly method: keyof Methods;
  readonly args: readonly unknown[];
}

/** Ends a call of `generate` early: its answer is what was sampled so far. */
export interface Cancellation {
  readonly cancel: number;
}

export type Response =
  | { readonly id: number; readonly token: SampledToken }
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly stack: string;
        readonly code?: string;
      };
    };

/** Everything that decides the next update. */
export interface TrainingState {
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly steps: number;
}

export interface Methods {
  initialize(seed: number): void;
  setParameters(parameters: Float32Array): void;
  open(): Promise<Opened>;
  /** Reads the weights of a model folder: those that are trained, or those under the adapters; see Engine.setBase. */
  loadWeights(folder: string): Promise<KeptWide[]>;
  setState(state: TrainingState): void;
  state(): Promise<TrainingState>;
  freezeReference(parameters?: Float32Array): Promise<void>;
  sample(requests: readonly SamplingRequest[]): Promise<Sampled[]>;
  generate(request: SamplingRequest): Promise<Sampled>;
  score(sequences: readonly TokenSequence[], temperature: number, set: WeightSet): Promise<Scores[]>;
  accumulate(examples: readonly TrainingExample[], objective: Objective, temperature: number): Promise<GradientResult>;
  step(options: AdamwOptions): Promise<number>;
  close(): Promise<void>;
}

const { network, stopIds, options, gradients, replica } = workerData as WorkerData;
const shares = gradients.map((buffer) => new Float32Array(buffer));
const engine = new Engine(network, stopIds, options, shares[replica]);

const methods: Omit<Methods, 'generate'> = {
  initialize: (seed) => engine.initialize(seed),
  setParameters: (parameters) => engine.setParameters(parameters),
  open: () => engine.open(),
  loadWeights: (folder) => loadWeights(engine, folder),
  setState: (state) => engine.setState(state),
  state: async () => {
    await engine.synchronize();
    const { m, v, steps } = engine.optimizer;
    return { parameters: engine.parameters, m, v, steps };
  },
  freezeReference: (parameters) => engine.freezeReference(parameters),
  sample: (requests) => engine.sample(requests),
  score: (sequences, temperature, set) => engine.score(sequences, temperature, set),
  accumulate: (examples, objective, temperature) => {
    engine.clearGradients();
    return engine.accumulate(examples, objective, temperature);
  },
  step: (adamw) => engine.step(adamw, shares),
  close: () => engine.close(),
};

/** Each tensor goes from the file straight to its place, so that the weights are never twice in memory. */
async function loadWeights(target: Engine, folder: string): Promise<KeptWide[]> {
  const weights = await ModelWeights.open(folder, target.config);
  try {
    if (target.network.lora === undefined) {
      await weights.readAll(target.config, target.parameters);
      target.setParameters(target.parameters);
      return [];
    }
    return await target.setBase(async (name, size) => {
      const tensor = new Float32Array(size);
      await weights.read(name, tensor);
      return tensor;
    });
  } finally {
    await weights.close();
  }
}

const port = parentPort!;
let last: Promise<void> = Promise.resolve();
const generating = new Map<number, { aborted: boolean }>();
port.on('message', (message: Request | Cancellation) => {
  if ('cancel' in message) {
    const signal = generating.get(message.cancel);
    if (signal) signal.aborted = true;
    return;
  }
  const { id, method, args } = message;
  // Sequences that are generated one by one run side by side; everything else waits for its turn.
  if (method === 'generate') {
    void answer(id, () => generate(id, args[0] as SamplingRequest));
    return;
  }
  const call = methods[method] as (...a: readonly unknown[]) => unknown;
  last = last.then(() => answer(id, () => call(...args)));
});

async function generate(id: number, request: SamplingRequest): Promise<Sampled> {
  const signal = { aborted: false };
  generating.set(id, signal);
  try {
    return await engine.generate(request, (token) => port.postMessage({ id, token } satisfies Response), signal);
  } finally {
    generating.delete(id);
  }
}

async function answer(id: number, work: () => unknown): Promise<void> {
  try {
    port.postMessage({ id, result: await work() } satisfies Response);
  } catch (error) {
    const e = outOfMemory(error) ?? (error instanceof Error ? error : new Error(String(error)));
    const { code } = e as { code?: unknown };
    const told = { name: e.name, message: e.message, stack: e.stack ?? '' };
    const named = typeof code === 'string' ? { ...told, code } : told;
    port.postMessage({ id, error: named } satisfies Response);
  }
}
