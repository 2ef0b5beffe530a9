import ort from 'onnxruntime-node';
import { Graph } from './graph.ts';

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
  /** A tensor that stays on the device; on the processor it is the array itself. */
  upload(data: Float32Array, dims: readonly number[]): Promise<Tensor>;
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
    upload: async (data, dims) => float32(data, dims),
    download: async (tensor) => tensor.data as Float32Array,
  };
}

/** Compiles a graph for the CPU provider on `threads` threads. */
export function compile(graph: Graph, threads: number): Promise<Session> {
  return ort.InferenceSession.create(graph.encode(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    ...COMMON,
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
      ...COMMON,
    });
  }

  // A tensor of this provider can only be made, and read, by a run: of a graph that does nothing.
  async upload(data: Float32Array, dims: readonly number[]): Promise<Tensor> {
    const session = await this.mover(dims.length, true);
    return (await session.run({ x: float32(data, dims) })).y;
  }

  async download(tensor: Tensor): Promise<Float32Array> {
    if (tensor.location !== 'gpu-buffer') return tensor.data as Float32Array;
    const session = await this.mover(tensor.dims.length, false);
    return (await session.run({ x: tensor })).y.data as Float32Array;
  }

  private mover(rank: number, up: boolean): Promise<Session> {
    if (rank > RANKS) throw new RangeError(`tensors of ${rank} dimensions are not moved`);
    const key = `${rank}:${up}`;
    let session = this.movers.get(key);
    if (!session) {
      const shape = Array.from({ length: rank }, (_, i) => `n${i}`);
      const g = new Graph('move');
      const x = g.input('x', 'float32', shape);
      const same = g.node('Add', [x, g.scalar(0)], shape);
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
