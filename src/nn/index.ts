export * from './adamw.ts';
export {
  describeWide,
  type KeptWide,
  type Opened,
  type WeightChoice,
  type WeightType,
  WeightTypeError,
} from './base-weights.ts';
export * from './batches.ts';
export type { Network } from './decoder.ts';
export * from './engine.ts';
export * from './engine-group.ts';
export * from './files/index.ts';
export { trainingFlops } from './flops.ts';
export { Generator, type Sampled, type SampledToken, type SamplingRequest } from './generator.ts';
export { Graph, type Pullback, type Value } from './graph.ts';
export * from './lora.ts';
export * from './memory.ts';
export { buildScore, buildTraining } from './objective-graph.ts';
export { TokenSampler } from './sampling.ts';
export type { TrainingState } from './worker.ts';
