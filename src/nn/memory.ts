import { baseBytes, type WeightType } from './base-weights.ts';
import type { Network } from './decoder.ts';
import type { EngineOptions } from './engine.ts';
import { parameterLayout } from './files/parameters.ts';
import { activationBytesPerToken } from './graph-plan.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { trainedLayout } from './lora.ts';

/** What an engine will need, bytes. */
export interface MemoryEstimate {
  readonly weights: number;
  /** How those that are not trained are kept. */
  readonly weightType: WeightType;
  /** What is trained besides, its gradients and the optimizer's two moments. */
  readonly training: number;
  /** What a training run keeps for the way back, and its logits. */
  readonly activations: number;
  /** Keys and values of running sequences and of those seen before. */
  readonly cache: number;
  readonly total: number;
}

/** A model that does not fit into the machine's memory. */
export class MemoryError extends Error {
  readonly code = 'TURNWISE_MEMORY';
  override readonly name = 'MemoryError';
}

/** Parameters below which a prompt is computed again sooner than looked up, and what a run keeps is small. */
export const LARGE_MODEL = 20e6;
/** Length of sequences that is reckoned with. */
const USUAL_TOKENS = 1024;
const SLOTS = 64;
const SLOT_BYTES = 2 ** 30;
const PREFIX_BYTES = 512 * 2 ** 20;
/** Logits of one piece of the head, some of them several times over. */
const HEAD_BYTES = 6 * 64 * 2 ** 20;
const FLOAT = 4;

/** Sequences sampled at once, and memory for those seen before, where the options leave them open. */
export function samplerOptions({ config }: Network, o: Pick<EngineOptions, 'slots' | 'prefixBytes'>) {
  const large = parameterLayout(config).total > LARGE_MODEL;
  const slotBytes = KeyValueCache.bytesPerToken(config) * USUAL_TOKENS;
  return {
    slots: o.slots ?? Math.max(4, Math.min(SLOTS, Math.floor(SLOT_BYTES / slotBytes))),
    prefixBytes: o.prefixBytes ?? (large ? PREFIX_BYTES : 0),
  };
}

/**
 * What engines with these options will need together, with sequences of 1,024 tokens. Until a device was opened nobody knows what `auto` will be:
 * it is reckoned as float32.
 */
export function estimateMemory(network: Network, options: EngineOptions, replicas: number): MemoryEstimate {
  const { config } = network;
  const trained = trainedLayout(network).total;
  const { slots, prefixBytes } = samplerOptions(network, options);
  const width = Math.min(USUAL_TOKENS, config.maxPositions);
  const kept = activationBytesPerToken(config, width) * config.layers * options.tokensPerRun;
  const weightType = options.weights === 'float16' && network.lora ? 'float16' : 'float32';
  const weights = replicas * baseBytes(config, weightType);
  const training = replicas * FLOAT * trained * (network.lora ? 4 : 3);
  const activations = replicas * (Math.min(kept, options.activationBytes) + HEAD_BYTES);
  const cache = replicas * (slots * width * KeyValueCache.bytesPerToken(config) + prefixBytes);
  return { weights, weightType, training, activations, cache, total: weights + training + activations + cache };
}

/** `6.3 GB: weights 2.0, …`, for a person. */
export function describeMemory(e: MemoryEstimate): string {
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const type = e.weightType === 'float16' ? ' in float16' : '';
  return `${gb(e.total)} GB: weights ${gb(e.weights)}${type}, training ${gb(e.training)}, activations ${gb(e.activations)}, keys and values ${gb(e.cache)}`;
}

/**
 * Refuses what cannot fit before it is tried.
 *
 * @param available bytes of memory of the machine
 * @throws MemoryError that says what would help
 */
export function checkMemory(network: Network, estimate: MemoryEstimate, available: number): void {
  if (estimate.total <= available) return;
  const { weights, training, activations, cache } = estimate;
  const parts: [number, string][] = [
    [training, network.lora ? 'a smaller lora.rank' : 'adapters instead of all weights (lora.enabled=true)'],
    [activations, 'a smaller engine.activationBytes'],
    [cache, 'fewer engine.slots and engine.prefixBytes'],
    [weights, 'a smaller model'],
  ];
  const helpful = parts
    .filter(([bytes]) => bytes > estimate.total / 10)
    .sort(([a], [b]) => b - a)
    .map(([, what]) => what);
  throw new MemoryError(
    `this needs about ${describeMemory(estimate)}; the machine has ${(available / 1e9).toFixed(1)} GB. What would help: ${helpful.join(', ')}.`,
  );
}

/** What the runtimes say when they get no more memory. */
const OUT_OF_MEMORY =
  /bad_alloc|bad allocation|failed to allocate|allocation failed|invalid (typed )?array (buffer )?length|out of memory/i;

/** The error a person can act on, where one says that memory ran out. */
export function outOfMemory(error: unknown): MemoryError | undefined {
  if (error instanceof MemoryError || !(error instanceof Error) || !OUT_OF_MEMORY.test(error.message)) return undefined;
  return new MemoryError(
    `memory ran out (${error.message.split('\n')[0].slice(0, 120)}). What would help: a smaller engine.activationBytes, engine.tokensPerRun, engine.slots or engine.prefixBytes, adapters instead of all weights (lora.enabled=true), or a smaller model.`,
    { cause: error },
  );
}
