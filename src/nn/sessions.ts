import ort from 'onnxruntime-node';
import { Graph } from './graph.ts';
import type { ElementType } from './onnx.ts';

/** A compiled graph. `run` blocks its thread until the result is there. */
export type Session = ort.InferenceSession;
export type Tensor = ort.Tensor;
export type Feeds = Record<string, Tensor>;

/** What computes: the processor, or a graphics processor through WebGPU (Vulkan, Metal or Direct3D 12). */
export type DeviceKind = 'cpu' | 'webgpu';

/** `auto`: a graphics processor where there is one. */
export type DeviceChoice = DeviceKind | 'auto';

/** Compiles graphs, and keeps tensors where they are computed with. */
export interface Device {
  readonly kind: DeviceKind;
  compile(graph: Graph): Promise<Session>;
  /** A tensor that stays on the device; on the processor it is the array itself. 16-bit numbers are the bits of float16. */
  upload(data: Float32Array | Uint16Array, dims: readonly number[]): Promise<Tensor>;
  /** Why weights in float16 cannot be computed with, or undefined where they can. */
  refusesHalves(): Promise<string | undefined>;
  /** The numbers of a tensor wherever it is. */
  download(tensor: Tensor): Promise<Float32Array>;
}

/** There is no graphics processor that WebGPU can use. */
export class DeviceError extends Error {
  readonly code = 'TURNWISE_DEVICE';
  override readonly name = 'DeviceError';
}

/**
 * Opens a device.
 *
 * @param threads of the processor
 * @throws DeviceError when there is no such device
 */
export async function openDevice(kind: DeviceChoice, threads: number): Promise<Device> {
  if (kind === 'cpu') return cpuDevice(threads);
  const device = new WebGpuDevice();
  try {
    await device.check();
    return device;
  } catch (error) {
    if (kind === 'auto') return cpuDevice(threads);
    throw error;
  }
}

export function cpuDevice(threads: number): Device {
  return {
    kind: 'cpu',
    compile: (graph) => compile(graph, threads),
    upload: async (data, dims) => tensorOf(data, dims),
    refusesHalves: async () => 'the processor would have to convert every weight at every step',
    download: async (tensor) => tensor.data as Float32Array,
  };
}

/** Compiles a graph for the CPU provider on `threads` threads. */
export function compile(graph: Graph, threads: number): Promise<Session> {
  return ort.InferenceSession.create(graph.encode(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    ...optimized(graph),
  });
}

const COMMON = {
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // With shapes that change from run to run a plan of the memory only doubles it.
  enableMemPattern: false,
  logSeverityLevel: 3,
} as const;

/** How a graph is optimized: equal nodes that are to stay apart do. */
export function optimized(graph: Graph): ort.InferenceSession.SessionOptions {
  if (!graph.repeats) return COMMON;
  return { ...COMMON, extra: { optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' } } };
}

/** Largest rank that is moved. */
const RANKS = 4;

class WebGpuDevice implements Device {
  readonly kind = 'webgpu';
  private readonly movers = new Map<string, Promise<Session>>();

  async check(): Promise<void> {
    try {
      const there = await this.upload(Float32Array.of(1, 2, 3), [3]);
      const back = await this.download(there);
      there.dispose();
      if (back.join() !== '1,2,3') throw new Error('numbers came back changed');
    } catch (error) {
      throw new DeviceError(
        `WebGPU cannot be used here (${reason(error as Error)}). It needs a graphics processor with a Vulkan, Metal or Direct3D 12 driver; --device cpu needs none.`,
        { cause: error },
      );
    }
  }

  compile(graph: Graph): Promise<Session> {
    const kept = graph.kept.map((name) => [name, 'gpu-buffer'] as const);
    const host = graph.outputNames.filter((name) => !graph.kept.includes(name)).map((name) => [name, 'cpu'] as const);
    return ort.InferenceSession.create(graph.encode(), {
      executionProviders: ['webgpu', 'cpu'],
      preferredOutputLocation: Object.fromEntries([...kept, ...host]),
      ...optimized(graph),
    });
  }

  async refusesHalves(): Promise<string | undefined> {
    // The provider says no only when it is to run such a graph, and then also on the terminal, unless it is told not to.
    const quiet = { logSeverityLevel: 4 } as const;
    const g = new Graph('halves');
    const x = g.input('x', 'float16', [4, 4]);
    g.output('y', g.widened(x, 0, 4));
    try {
      const options = { ...COMMON, ...quiet, executionProviders: ['webgpu', 'cpu'] };
      const session = await ort.InferenceSession.create(g.encode(), options);
      const [one, two] = [0x3c00, 0xc000];
      const there = tensorOf(new Uint16Array(16).fill(one, 0, 8).fill(two, 8), [4, 4]);
      const { y } = await session.run({ x: there }, quiet);
      await session.release();
      const expected = Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : -2));
      return (y.data as Float32Array).every((v, i) => v === expected[i]) ? undefined : 'numbers came back changed';
    } catch (error) {
      return /requires f16/.test((error as Error).message)
        ? "this graphics processor, or its driver, does not offer WebGPU's shader-f16"
        : reason(error as Error);
    }
  }

  // A tensor of this provider can only be made, and read, by a run: of a graph that does nothing.
  async upload(data: Float32Array | Uint16Array, dims: readonly number[]): Promise<Tensor> {
    const x = tensorOf(data, dims);
    const session = await this.mover(dims.length, true, x.type as ElementType);
    return (await session.run({ x })).y;
  }

  async download(tensor: Tensor): Promise<Float32Array> {
    if (tensor.location !== 'gpu-buffer') return tensor.data as Float32Array;
    const session = await this.mover(tensor.dims.length, false);
    return (await session.run({ x: tensor })).y.data as Float32Array;
  }

  private mover(rank: number, up: boolean, dtype: ElementType = 'float32'): Promise<Session> {
    if (rank > RANKS) throw new RangeError(`tensors of ${rank} dimensions are not moved`);
    const key = `${rank}:${up}:${dtype}`;
    let session = this.movers.get(key);
    if (!session) {
      const shape = Array.from({ length: rank }, (_, i) => `n${i}`);
      const g = new Graph('move');
      const x = g.input('x', dtype, shape);
      // float16 is moved without arithmetic, which could make the smallest numbers 0.
      const same = dtype === 'float16' ? x : g.node('Add', [x, g.scalar(0)], shape);
      if (up) g.keep('y', same);
      else g.output('y', same);
      session = this.compile(g);
      this.movers.set(key, session);
    }
    return session;
  }
}

/** What of the runtime's message is for a person. */
function reason(error: Error): string {
  const [first] = error.message.split('\n');
  return first.replace(/^.* was false\. /, '').replace(/\.$/, '');
}

function tensorOf(data: Float32Array | Uint16Array, dims: readonly number[]): Tensor {
  return data instanceof Float32Array ? float32(data, dims) : new ort.Tensor('float16', data, dims);
}

export function float32(data: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function int32(data: Int32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int32', data, dims);
}

export function bool(data: Uint8Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('bool', data, dims);
}

export function int64(data: BigInt64Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int64', data, dims);
}

export function scalar(x: number): Tensor {
  return new ort.Tensor('float32', Float32Array.of(x), []);
}
