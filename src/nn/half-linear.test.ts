import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Random } from '../text/random.ts';
import { fromFloat16, toFloat16 } from './files/half-floats.ts';
import { Graph } from './graph.ts';
import { halfLinear } from './half-linear.ts';
import { linear, mul, sumAll } from './operations.ts';
import { compile, cpuDevice, type Feeds, float32, optimized } from './sessions.ts';

const [N, I, O, LAYERS] = [3, 48, 300, 4];

function numbers(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

async function weights(count: number): Promise<{ halves: Uint16Array; floats: Float32Array }> {
  const halves = new Uint16Array(count);
  toFloat16(numbers(new Random(2), count), halves);
  const floats = new Float32Array(count);
  fromFloat16(halves, floats);
  return { halves, floats };
}

describe('halfLinear', () => {
  it.each([
    ['whole', O * I],
    ['in pieces', 70 * I],
    ['in the smallest pieces', 1],
  ])('is linear with the same weights in float32, and so is its derivative: %s', async (_, pieceElements) => {
    const { halves, floats } = await weights(O * I);
    const random = new Random(1);
    const shared = {
      x: float32(numbers(random, N * I), [N, I]),
      b: float32(numbers(random, O), [O]),
      d: float32(numbers(random, N * O), [N, O]),
    };
    const run = async (half: boolean, feeds: Feeds) => {
      const g = new Graph('half');
      const [x, b, d] = [
        g.input('x', 'float32', ['N', I]),
        g.input('b', 'float32', [O]),
        g.input('d', 'float32', ['N', O]),
      ];
      const w = g.input('w', half ? 'float16' : 'float32', [O, I]);
      const y = half ? halfLinear(g, x, w, b, pieceElements) : linear(g, x, w, b);
      const [dx, db] = g.gradients(sumAll(g, mul(g, y, d)), [x, b]);
      for (const [name, value] of Object.entries({ y, dx, db })) g.output(name, value);
      const session = await compile(g, 1);
      const out = await session.run({ ...shared, ...feeds });
      await session.release();
      return ['y', 'dx', 'db'].map((name) => out[name].data as Float32Array);
    };
    const device = cpuDevice(1);
    const got = await run(true, { w: await device.upload(halves, [O, I]) });
    const expected = await run(false, { w: float32(floats, [O, I]) });
    expected.forEach((array, k) => {
      expect(got[k]).toHaveLength(array.length);
      array.forEach((v, i) => expect(Math.abs(got[k][i] - v)).toBeLessThan(1e-4));
    });
  });

  it('converts a weight right before it is used, there and back, so that few are there at a time', async () => {
    const g = new Graph('order');
    const x = g.input('x', 'float32', ['N', I]);
    let y = x;
    const feeds: Feeds = { x: float32(numbers(new Random(1), N * I), [N, I]) };
    const { halves } = await weights(I * I);
    for (let layer = 0; layer < LAYERS; layer++) {
      const linearOf = halfLinear(g, y, g.input(`w${layer}`, 'float16', [I, I]), undefined, I * I);
      y = mul(g, linearOf, linearOf);
      feeds[`w${layer}`] = await cpuDevice(1).upload(halves, [I, I]);
    }
    g.output('dx', g.gradients(sumAll(g, y), [x])[0]);
    const order = await profiled(g, feeds);
    const casts = order.flatMap((type, i) => (type === 'Cast' ? [i] : []));
    expect(casts).toHaveLength(2 * LAYERS);
    for (const i of casts) expect(order[i + 1]).toBe('Gemm');
  });
});

/** Types of a graph's nodes in the order in which they run. */
async function profiled(graph: Graph, feeds: Feeds): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'turnwise-order-'));
  try {
    const session = await ort.InferenceSession.create(graph.encode(), {
      ...optimized(graph),
      executionProviders: ['cpu'],
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      cat: string;
      name: string;
      args?: { op_name?: string };
    }[];
    return events.filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time')).map((e) => e.args?.op_name ?? '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
