import { parentPort, workerData } from 'node:worker_threads';
import type { Objective } from '../objectives/objective.ts';
import type { AdamwOptions } from './adamw.ts';
import type { TokenSequence } from './batches.ts';
import {
  Engine,
  type EngineOptions,
  type GradientResult,
  type Sampled,
  type SamplingRequest,
  type Scores,
  type TrainingExample,
  type WeightSet,
} from './engine.ts';
import type { DecoderConfig } from './files/model-config.ts';

/**
 * One replica of the engine on a thread of its own. Replicas hold equal weights: each takes gradients of its share into memory
 * that all can read, then all add the shares up in the same order and make the same step.
 */

export interface WorkerData {
  readonly config: DecoderConfig;
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

export type Response =
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
  setState(state: TrainingState): void;
  state(): TrainingState;
  freezeReference(parameters?: Float32Array): void;
  sample(requests: readonly SamplingRequest[]): Promise<Sampled[]>;
  score(sequences: readonly TokenSequence[], temperature: number, set: WeightSet): Promise<Scores[]>;
  accumulate(examples: readonly TrainingExample[], objective: Objective, temperature: number): Promise<GradientResult>;
  step(options: AdamwOptions): number;
  close(): Promise<void>;
}

const { config, stopIds, options, gradients, replica } = workerData as WorkerData;
const shares = gradients.map((buffer) => new Float32Array(buffer));
const engine = new Engine(config, stopIds, options, shares[replica]);

const methods: Methods = {
  initialize: (seed) => engine.initialize(seed),
  setParameters: (parameters) => engine.parameters.set(parameters),
  setState: ({ parameters, m, v, steps }) => {
    engine.parameters.set(parameters);
    engine.optimizer.m.set(m);
    engine.optimizer.v.set(v);
    engine.optimizer.steps = steps;
  },
  state: () => ({
    parameters: engine.parameters,
    m: engine.optimizer.m,
    v: engine.optimizer.v,
    steps: engine.optimizer.steps,
  }),
  freezeReference: (parameters) => engine.freezeReference(parameters),
  sample: (requests) => engine.sample(requests),
  score: (sequences, temperature, set) => engine.score(sequences, temperature, set),
  accumulate: (examples, objective, temperature) => {
    engine.gradients.fill(0);
    return engine.accumulate(examples, objective, temperature);
  },
  step: (adamw) => engine.step(adamw, shares),
  close: () => engine.close(),
};

const port = parentPort!;
let last: Promise<void> = Promise.resolve();
port.on('message', ({ id, method, args }: Request) => {
  last = last.then(async () => {
    try {
      const call = methods[method] as (...a: readonly unknown[]) => unknown;
      port.postMessage({ id, result: await call(...args) });
    } catch (error) {
      const e = error instanceof Error ? error : new Error(String(error));
      const { code } = e as { code?: unknown };
      const told = { name: e.name, message: e.message, stack: e.stack ?? '' };
      port.postMessage({ id, error: { ...told, ...(typeof code === 'string' ? { code } : {}) } });
    }
  });
});
