import { Random } from '../text/random.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';

/** Small models and random sequences for tests and benches. */
export function tinyConfig(overrides: Partial<DecoderConfig> = {}): DecoderConfig {
  return {
    family: 'qwen2',
    hiddenSize: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    ffnSize: 48,
    vocabSize: 61,
    ropeTheta: 10000,
    rmsNormEps: 1e-6,
    tiedEmbeddings: true,
    qkvBias: true,
    outputBias: false,
    mlpBias: false,
    qkNorm: false,
    maxPositions: 128,
    ...overrides,
  };
}

export function randomSequences(
  count: number,
  o: {
    readonly vocabSize: number;
    readonly prompt: readonly [number, number];
    readonly response: readonly [number, number];
  },
  seed = 1,
): { prompt: Int32Array; response: Int32Array }[] {
  const random = Random.of(seed, 'sequences');
  const ids = ([low, high]: readonly [number, number]): Int32Array =>
    Int32Array.from({ length: low + random.below(high - low + 1) }, () => random.below(o.vocabSize));
  return Array.from({ length: count }, () => ({ prompt: ids(o.prompt), response: ids(o.response) }));
}

/** The tensors of a flat array of all weights, by name, as Engine.setBase takes them. */
export function tensorsOf(config: DecoderConfig, parameters: Float32Array): (name: string) => Float32Array {
  const places = new Map(parameterLayout(config).specs.map((p) => [p.name, p]));
  return (name) => {
    const { offset, size } = places.get(name)!;
    return parameters.subarray(offset, offset + size);
  };
}
