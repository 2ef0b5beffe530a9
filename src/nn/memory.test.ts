import { describe, expect, it } from 'vitest';
import { ENGINE_DEFAULTS } from './engine.ts';
import { LORA_DEFAULTS } from './lora.ts';
import { checkMemory, describeMemory, estimateMemory, MemoryError, outOfMemory, samplerOptions } from './memory.ts';
import { tinyConfig } from './testing.ts';

/** Qwen2.5-0.5B. */
const half = tinyConfig({
  hiddenSize: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headDim: 64,
  ffnSize: 4864,
  vocabSize: 151936,
  maxPositions: 32768,
});
const options = { ...ENGINE_DEFAULTS, activationBytes: 3e9 };

describe('estimateMemory', () => {
  it('counts every weight once under adapters, four times where all are trained, and again for every replica', () => {
    const adapters = estimateMemory({ config: half, lora: LORA_DEFAULTS }, options, 1);
    expect(adapters.weights / 4 / 494.03e6).toBeCloseTo(1, 3);
    expect(adapters.training / 16 / 8.798e6).toBeCloseTo(1, 3);
    const all = estimateMemory({ config: half }, options, 1);
    expect(all.weights + all.training).toBe(4 * adapters.weights);
    expect(estimateMemory({ config: half }, options, 2).total).toBe(2 * all.total);
    expect(all.total).toBe(all.weights + all.training + all.activations + all.cache);
  });

  it('counts frozen weights in float16 half, and says so', () => {
    const half16 = { ...options, weights: 'float16' } as const;
    const frozen = estimateMemory({ config: half, lora: LORA_DEFAULTS }, half16, 1);
    expect(frozen.weights / 0.988e9).toBeGreaterThan(1);
    expect(frozen.weights / 0.988e9).toBeLessThan(1.25);
    expect(describeMemory(frozen)).toMatch(/ GB: weights 1\.2 in float16, training 0\.1, /);
    // Weights that are trained never are, and `auto` is float32 until a device says otherwise.
    expect(estimateMemory({ config: half }, half16, 1)).toEqual(estimateMemory({ config: half }, options, 1));
    expect(estimateMemory({ config: half, lora: LORA_DEFAULTS }, options, 1).weightType).toBe('float32');
  });

  it('reckons with no more activations than allowed, and with few slots for wide caches', () => {
    expect(estimateMemory({ config: half }, options, 1).activations).toBeLessThan(3.5e9);
    expect(samplerOptions({ config: half }, {})).toEqual({ slots: 42, prefixBytes: 512 * 2 ** 20 });
    expect(samplerOptions({ config: tinyConfig() }, {})).toEqual({ slots: 64, prefixBytes: 0 });
    expect(samplerOptions({ config: half }, { slots: 3, prefixBytes: 0 })).toEqual({ slots: 3, prefixBytes: 0 });
  });
});

describe('checkMemory', () => {
  const network = { config: half };
  const estimate = estimateMemory(network, options, 1);

  it('lets pass what fits', () => {
    expect(() => checkMemory(network, estimate, estimate.total)).not.toThrow();
  });

  it('says what is needed, what is there, and what would help most', () => {
    const check = (): void => checkMemory(network, estimate, 8e9);
    expect(check).toThrow(MemoryError);
    expect(check).toThrow(`this needs about ${describeMemory(estimate)}; the machine has 8.0 GB.`);
    expect(check).toThrow(
      /What would help: adapters instead of all weights \(lora.enabled=true\), a smaller engine.act/,
    );
  });
});

describe('outOfMemory', () => {
  it('knows what runtimes say, and says what would help', () => {
    const failing = (): Float32Array => new Float32Array(2 ** 40);
    let error: unknown;
    try {
      failing();
    } catch (e) {
      error = e;
    }
    expect(outOfMemory(error)).toMatchObject({ code: 'TURNWISE_MEMORY', cause: error });
    expect(
      outOfMemory(new Error('Non-zero status code returned while running Gemm node. std::bad_alloc'))?.message,
    ).toMatch(/^memory ran out \(Non-zero status .*What would help/);
    expect(outOfMemory(new Error('the shapes do not fit'))).toBeUndefined();
    expect(outOfMemory(new MemoryError('x'))).toBeUndefined();
  });
});
