import ort from 'onnxruntime-node';
import { ADAMW_DEFAULTS } from '../src/nn/adamw.ts';
import { layoutBatch, planBatches } from '../src/nn/batches.ts';
import { EngineGroup } from '../src/nn/engine-group.ts';
import { trainingFlops } from '../src/nn/flops.ts';
import { Graph } from '../src/nn/graph.ts';
import { compile, float32 } from '../src/nn/sessions.ts';
import { randomSequences, tinyConfig } from '../src/nn/testing.ts';
import { OBJECTIVE_DEFAULTS } from '../src/objectives/objective.ts';
import { median, type Section } from './report.ts';

const CORES = 2;

/** GF/s of a square float32 matrix product on `threads` threads: the ceiling everything else is held against. */
export async function matmulPeak(threads: number, size = 1024): Promise<number> {
  const g = new Graph('peak');
  const a = g.input('a', 'float32', [size, size]);
  const b = g.input('b', 'float32', [size, size]);
  g.output('c', g.node('MatMul', [a, b], [size, size]));
  const session = await compile(g, threads);
  const feeds = {
    a: float32(new Float32Array(size * size).fill(0.5), [size, size]),
    b: float32(new Float32Array(size * size).fill(0.25), [size, size]),
  };
  const rates: number[] = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    await session.run(feeds);
    rates.push((2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  await session.release();
  return Math.max(...rates);
}

const MODELS = {
  'household (d96 L3)': tinyConfig({
    hiddenSize: 96,
    layers: 3,
    heads: 6,
    kvHeads: 2,
    headDim: 16,
    ffnSize: 256,
    vocabSize: 496,
  }),
  'alfworld (d128 L4)': tinyConfig({
    hiddenSize: 128,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    headDim: 32,
    ffnSize: 352,
    vocabSize: 672,
  }),
  'd256 L4': tinyConfig({
    hiddenSize: 256,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    headDim: 64,
    ffnSize: 704,
    vocabSize: 2048,
  }),
  'd512 L8': tinyConfig({
    hiddenSize: 512,
    layers: 8,
    heads: 8,
    kvHeads: 4,
    headDim: 64,
    ffnSize: 1408,
    vocabSize: 2048,
    maxPositions: 512,
  }),
};

export async function benchEngine(): Promise<Section> {
  // The ceiling is taken before every model, and the highest counts: on a shared machine one moment may be slow.
  let peak = 0;
  const measured: { readonly cells: readonly string[]; readonly rate?: number }[] = [];
  for (const [name, config] of Object.entries(MODELS)) {
    const large = config.hiddenSize >= 512;
    peak = Math.max(peak, await matmulPeak(CORES));
    for (const [replicas, threads, tokensPerRun] of [
      [CORES, 1, 1024],
      [1, CORES, 2048],
    ]) {
      const group = EngineGroup.start(config, [0], { replicas, threads, tokensPerRun });
      await group.initialize(1);
      const span = large ? ([200, 240] as const) : ([50, 70] as const);
      const sequences = randomSequences(large ? 32 : 256, {
        vocabSize: config.vocabSize,
        prompt: span,
        response: [3, 7],
      });
      const examples = sequences.map((s, i) => ({
        ...s,
        advantage: i % 2 ? 1 : -1,
        weights: new Float32Array(s.response.length).fill(1e-3),
        oldLogprobs: new Float32Array(s.response.length).fill(-7),
      }));
      const lengths = sequences.map((s) => s.prompt.length + s.response.length);
      const tokens = lengths.reduce((a, b) => a + b, 0);
      const flops = planBatches(lengths, tokensPerRun).reduce(
        (sum, batch) => sum + trainingFlops(config, layoutBatch(batch.map((i) => sequences[i]))),
        0,
      );
      const train = await timed(large ? 3 : 7, () =>
        group.update(examples, OBJECTIVE_DEFAULTS, 1, { ...ADAMW_DEFAULTS, learningRate: 1e-9 }),
      );
      const rate = flops / train / 1e6;
      const how = `${replicas} × ${threads} threads`;
      measured.push({ cells: [`train ${name}`, how, `${(tokens / train).toFixed(1)} k tokens/s`], rate });
      if (!large) {
        const requests = sequences
          .slice(0, 128)
          .map((s, seed) => ({ prompt: s.prompt, maxTokens: 6, temperature: 1, topP: 1, seed }));
        const sample = await timed(7, () => group.sample(requests));
        const read = requests.reduce((n, r) => n + r.prompt.length, 0);
        const tokensPerSecond = `${(read / sample).toFixed(1)} k read + ${((128 * 6) / sample).toFixed(1)} k drawn/s`;
        measured.push({ cells: [`sample ${name}`, how, tokensPerSecond] });
      }
      await group.close();
    }
  }
  return {
    title: `Engine (onnxruntime-node ${ort.env.versions.node})`,
    header: ['what', 'how', 'tokens', 'matrix products', 'of peak'],
    rows: [
      ['matmul 1024³', `${CORES} threads`, '', `${peak.toFixed(0)} GF/s`, '100 %'],
      ...measured.map(({ cells, rate }) =>
        rate === undefined
          ? [...cells, '', '']
          : [...cells, `${rate.toFixed(0)} GF/s`, `${((100 * rate) / peak).toFixed(0)} %`],
      ),
    ],
  };
}

async function timed(runs: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times);
}
