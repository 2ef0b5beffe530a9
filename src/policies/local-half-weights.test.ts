import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LORA_DEFAULTS } from '../nn/lora.ts';
import { halvesMissing } from '../nn/webgpu.test-support.ts';
import { LocalPolicy } from './local.ts';

const missing = await halvesMissing();
if (missing !== undefined) it.skip(`a policy with weights in float16 on WebGPU was not tested: ${missing}`, () => {});

const FOLDER = fileURLToPath(new URL('../../checkpoints/household', import.meta.url));

describe.skipIf(missing !== undefined)('a policy with weights in float16 on WebGPU', () => {
  it('says so, reckons with it, and gives the log-probabilities of the processor', { timeout: 240_000 }, async () => {
    const measure = async (device: 'cpu' | 'webgpu') => {
      const policy = await LocalPolicy.load(FOLDER, { device, replicas: 1, lora: LORA_DEFAULTS });
      try {
        const prompt = policy.codec.encode('You are in a kitchen.');
        const response = policy.codec.encode('go to the fridge');
        const [logprobs] = await policy.logprobs([{ prompt, response }], 1);
        return { logprobs, memory: policy.memory, description: policy.describe() };
      } finally {
        await policy.close();
      }
    };
    const [here, there] = [await measure('cpu'), await measure('webgpu')];
    expect(here.description).toMatch(/, 1 replica$/);
    expect(there.description).toMatch(/, 1 replica, on WebGPU, frozen matrices in float16$/);
    expect([here.memory.weightType, there.memory.weightType]).toEqual(['float32', 'float16']);
    // Its files have float32, so rounding shows, by less than a hundredth of a nat.
    here.logprobs.forEach((l, t) => expect(Math.abs(there.logprobs[t] - l)).toBeLessThan(1e-2));
    expect([...there.logprobs]).not.toEqual([...here.logprobs]);
  });
});
