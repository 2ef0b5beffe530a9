import type { DecoderConfig } from './files/model-config.ts';
import type { ModelWeights } from './files/model-weights.ts';
import { parameterLayout } from './files/parameters.ts';
import { Graph } from './graph.ts';
import { adaptedProjections, adapterLayout, adapterNames, type LoraConfig, loraScale } from './lora.ts';
import { compile, float32, type Session } from './sessions.ts';

/**
 * The weights of a model with its adapters worked in, W + scale · B·A (Hu et al. 2021, §4.1), in one flat array (see parameterLayout).
 *
 * @param adapters laid out by adapterLayout
 * @param onTensor called after each of the tensors
 */
export async function mergedWeights(
  config: DecoderConfig,
  weights: ModelWeights,
  lora: LoraConfig,
  adapters: Float32Array,
  onTensor?: (done: number, total: number) => void,
): Promise<Float32Array> {
  const { specs, total } = parameterLayout(config);
  const flat = new Float32Array(total);
  await weights.readAll(config, flat);
  const places = new Map(adapterLayout(config, lora).specs.map((p) => [p.name, p]));
  const matrix = (name: string): { data: Float32Array; shape: readonly number[] } => {
    const { offset, size, shape } = places.get(name)!;
    return { data: adapters.subarray(offset, offset + size), shape };
  };
  const session = await compile(productGraph(loraScale(lora)), 2);
  try {
    const adapted = adaptedProjections(config, lora);
    for (const [i, { projection }] of adapted.entries()) {
      const { offset, size, shape } = specs.find((p) => p.name === `${projection}.weight`)!;
      const w = flat.subarray(offset, offset + size);
      w.set(await product(session, w, shape, matrix(adapterNames(projection).a), matrix(adapterNames(projection).b)));
      onTensor?.(i + 1, adapted.length);
    }
  } finally {
    await session.release();
  }
  return flat;
}

interface Matrix {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

async function product(session: Session, w: Float32Array, shape: readonly number[], a: Matrix, b: Matrix) {
  const out = await session.run({ w: float32(w, shape), a: float32(a.data, a.shape), b: float32(b.data, b.shape) });
  return out.merged.data as Float32Array;
}

function productGraph(scale: number): Graph {
  const g = new Graph('merge');
  const a = g.input('a', 'float32', ['r', 'I']);
  const b = g.input('b', 'float32', ['O', 'r']);
  const w = g.input('w', 'float32', ['O', 'I']);
  g.output('merged', g.node('Gemm', [b, a, w], ['O', 'I'], { alpha: { float: scale } }));
  return g;
}
