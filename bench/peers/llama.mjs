/**
 * `node bench/peers/llama.mjs MODEL.gguf BATCHES THREADS`: the same sampling by llama.cpp through node-llama-cpp, which the variable TURNWISE_LLAMA
 * names the folder of. Prints one line of JSON.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { getLlama } = await import(pathToFileURL(join(process.env.TURNWISE_LLAMA, 'dist/index.js')).href);
const [file, batches, threads] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, maxThreads: Number(threads), build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: file, useMmap: true });
const results = [];
for (const batch of batches.split(',').map(Number)) {
  const context = await model.createContext({
    sequences: batch,
    contextSize: 256,
    batchSize: 128 * batch,
    threads: Number(threads),
  });
  const sequences = Array.from({ length: batch }, () => context.getSequence());
  const times = [];
  const begin = performance.now();
  await Promise.all(
    sequences.map(async (sequence, i) => {
      const prompt = Array.from({ length: 128 }, (_, t) => (i * 7919 + t * 104729) % 150000);
      let count = 0;
      for await (const _ of sequence.evaluate(prompt, { temperature: 1, topK: 0, topP: 1, yieldEogToken: true })) {
        if (i === 0) times.push(performance.now());
        if (++count === 17) break;
      }
    }),
  );
  const steps = times.slice(1).map((t, i) => t - times[i]);
  const median = steps.sort((a, b) => a - b)[steps.length >> 1];
  results.push({ batch, read: (128 * batch * 1000) / (times[0] - begin), drawn: (1000 * batch) / median });
  await context.dispose();
}
console.log(JSON.stringify(results));
process.exit(0);
