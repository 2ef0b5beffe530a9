import { describe, expect, it } from 'vitest';
import { BaseWeights, baseBytes, chooseWeightType, describeWide } from './base-weights.ts';
import { Engine } from './engine.ts';
import { parameterLayout } from './files/parameters.ts';
import { LORA_DEFAULTS } from './lora.ts';
import { cpuDevice, type Device } from './sessions.ts';
import { tinyConfig } from './testing.ts';

const cpu = cpuDevice(1);
const willing: Device = { ...cpu, kind: 'webgpu', refusesHalves: async () => undefined };
const unwilling: Device = { ...cpu, kind: 'webgpu', refusesHalves: async () => 'it does not want to' };

describe('the type of frozen weights', () => {
  it.each([
    ['auto', true, willing, 'float16'],
    ['auto', true, unwilling, 'float32'],
    ['auto', true, cpu, 'float32'],
    ['auto', false, willing, 'float32'],
    ['float32', true, willing, 'float32'],
    ['float16', true, willing, 'float16'],
  ] as const)('%s, frozen: %s', async (choice, frozen, device, expected) => {
    expect(await chooseWeightType(choice, frozen, device)).toBe(expected);
  });

  it('is refused where it cannot be, with a reason and what to do', async () => {
    await expect(chooseWeightType('float16', true, unwilling)).rejects.toThrow(
      'engine.weights=float16 cannot be computed with here: it does not want to. Leave engine.weights at auto, or say float32.',
    );
    await expect(chooseWeightType('float16', true, cpu)).rejects.toThrow(/convert every weight.*--device webgpu/);
    await expect(chooseWeightType('float16', false, willing)).rejects.toThrow(/lora\.enabled=true/);
    const engine = new Engine({ config: tinyConfig(), lora: LORA_DEFAULTS }, [0], { weights: 'float16' });
    await expect(engine.open()).rejects.toMatchObject({ code: 'TURNWISE_WEIGHT_TYPE', name: 'WeightTypeError' });
  });
});

describe('BaseWeights', () => {
  const add = async (tensors: Record<string, number[]>, shape: readonly number[]) => {
    const base = new BaseWeights(cpu, 'float16');
    for (const [name, numbers] of Object.entries(tensors)) {
      await base.add({ name, shape, offset: 0, size: numbers.length }, Float32Array.from(numbers));
    }
    return base;
  };

  it('keeps in float32 what float16 cannot hold, and names it', async () => {
    const base = await add(
      {
        fits: [65_519, -0.1],
        beyond: [65_520, 1],
        infinite: [Number.NEGATIVE_INFINITY, Number.NaN],
        zeros: [0, 0],
        tiny: [6e-5, -1e-7],
        small: [7e-5, 1e-7],
      },
      [1, 2],
    );
    expect([...base.halves]).toEqual(['fits', 'zeros', 'small']);
    expect(base.wide).toEqual([
      { name: 'beyond', beyond: 1 },
      { name: 'infinite', beyond: 2 },
      { name: 'tiny', beyond: 0 },
    ]);
    expect(base.feeds['fits'].type).toBe('float16');
    expect([...(base.feeds['fits'].data as Uint16Array)]).toEqual([0x7bff, 0xae66]);
    expect(base.feeds['beyond'].type).toBe('float32');
    expect(describeWide(base.wide)).toBe(
      '3 matrices in float32: beyond (1 value beyond 65,504), infinite (2 values beyond 65,504), tiny (all values too small)',
    );
    expect(describeWide([...base.wide, ...base.wide])).toMatch(/^6 matrices .*, and 3 more$/);
    expect(describeWide([])).toBe('');
  });

  it('leaves vectors as they are', async () => {
    const base = await add({ norm: [1, 2] }, [2]);
    expect(base.halves.size).toBe(0);
    expect(base.wide).toEqual([]);
    expect(base.feeds['norm'].type).toBe('float32');
  });
});

describe('baseBytes', () => {
  it('counts two bytes a matrix element, four elsewhere, and what is converted at a time', () => {
    const config = tinyConfig();
    const { specs, total } = parameterLayout(config);
    const matrices = specs.filter((p) => p.shape.length === 2);
    const inMatrices = matrices.reduce((n, p) => n + p.size, 0);
    expect(baseBytes(config, 'float32')).toBe(4 * total);
    const converted = 12 * Math.max(...matrices.map((p) => p.size));
    expect(baseBytes(config, 'float16')).toBe(2 * inMatrices + 4 * (total - inMatrices) + converted);
  });
});
