import ort from 'onnxruntime-node';
import type { Graph } from './graph.ts';

/** A compiled graph. `run` blocks its thread until the result is there. */
export type Session = ort.InferenceSession;
export type Tensor = ort.Tensor;
export type Feeds = Record<string, Tensor>;

/** Compiles a graph for the CPU provider on `threads` threads. */
export function compile(graph: Graph, threads: number): Promise<Session> {
  return ort.InferenceSession.create(graph.encode(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // With shapes that change from run to run a plan of the memory only doubles it.
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
}

export function float32(data: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function int32(data: Int32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int32', data, dims);
}

export function int64(data: BigInt64Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('int64', data, dims);
}

export function scalar(x: number): Tensor {
  return new ort.Tensor('float32', Float32Array.of(x), []);
}
