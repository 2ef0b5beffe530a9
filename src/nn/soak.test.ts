import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { OBJECTIVE_DEFAULTS } from '../objectives/objective.ts';
import { Random } from '../text/random.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import type { Network } from './decoder.ts';
import { Engine } from './engine.ts';
import { LORA_DEFAULTS } from './lora.ts';
import { randomSequences, tensorsOf, tinyConfig } from './testing.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of the process once garbage is collected, MB. */
function memory(): number {
  collectGarbage();
  return process.memoryUsage().rss / 2 ** 20;
}

const config = tinyConfig({ maxPositions: 256 });
const networks: [string, Network][] = [
  ['all weights', { config }],
  ['adapters', { config, lora: { ...LORA_DEFAULTS, rank: 4 } }],
];

describe('a long run', () => {
  it.each(networks)(
    'of 1,000 updates and as many samples does not grow: %s',
    { timeout: 240_000 },
    async (_, network) => {
      const e = new Engine(network, [0], { threads: 1, tokensPerRun: 64, prefixBytes: 2 ** 20 });
      if (network.lora) {
        const beneath = new Engine(config, [0]);
        beneath.initialize(1);
        await e.setBase(tensorsOf(config, beneath.parameters));
      }
      e.initialize(1);
      let early = 0;
      for (let update = 1; update <= 1000; update++) {
        // Shapes that never come twice, as in real runs.
        const random = Random.of(update, 'shapes');
        const longest = 4 + random.below(90);
        const sequences = randomSequences(4, { vocabSize: 61, prompt: [2, longest], response: [1, 6] }, update);
        const sampled = await e.sample(
          sequences.map((s, i) => ({ prompt: s.prompt, maxTokens: 4, temperature: 1, topP: 1, seed: i })),
        );
        e.clearGradients();
        await e.accumulate(
          sequences.map((s, i) => ({
            prompt: s.prompt,
            response: sampled[i].ids,
            advantage: i % 2 === 0 ? 1 : -1,
            weights: new Float32Array(sampled[i].ids.length).fill(0.1),
            oldLogprobs: sampled[i].logprobs,
          })),
          OBJECTIVE_DEFAULTS,
          1,
        );
        await e.step({ ...ADAMW_DEFAULTS, learningRate: 1e-4 });
        if (update === 300) early = memory();
      }
      const grown = memory() - early;
      await e.close();
      // A leak of 40 kB an update would be 28 MB.
      expect(grown).toBeLessThan(24);
    },
  );
});
