/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2) over one flat parameter array, with global-norm clipping.
 */

export interface AdamwOptions {
  readonly learningRate: number;
  /** Decay rates of the two moments. */
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled decay, per unit of learning rate; applied where `decayed` says so (matrices, not norms and biases). */
  readonly weightDecay: number;
  /** Gradients with a larger global norm are scaled down to it; 0 never clips. */
  readonly maxGradNorm: number;
}

export const ADAMW_DEFAULTS: AdamwOptions = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
};

export class Adamw {
  /** First and second moments, one float a parameter. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Updates done so far. */
  steps = 0;

  constructor(size: number) {
    this.m = new Float32Array(size);
    this.v = new Float32Array(size);
  }

  /**
   * Updates `parameters` in place.
   *
   * @param decayed ranges [start, end) that weight decay applies to
   * @returns the global gradient norm before clipping; when it is not finite nothing is changed
   */
  step(
    parameters: Float32Array,
    gradients: Float32Array,
    options: AdamwOptions,
    decayed: readonly (readonly [number, number])[] = [],
  ): number {
    const norm = globalNorm(gradients);
    if (!Number.isFinite(norm)) return norm;
    this.steps++;
    const { beta1, beta2, epsilon, learningRate } = options;
    const scale = options.maxGradNorm > 0 && norm > options.maxGradNorm ? options.maxGradNorm / norm : 1;
    if (options.weightDecay !== 0) {
      const keep = 1 - learningRate * options.weightDecay;
      for (const [start, end] of decayed) for (let i = start; i < end; i++) parameters[i] *= keep;
    }
    const rate = learningRate / (1 - beta1 ** this.steps);
    const correction = 1 / Math.sqrt(1 - beta2 ** this.steps);
    const { m, v } = this;
    for (let i = 0; i < parameters.length; i++) {
      const g = gradients[i] * scale;
      const mi = beta1 * m[i] + (1 - beta1) * g;
      const vi = beta2 * v[i] + (1 - beta2) * g * g;
      m[i] = mi;
      v[i] = vi;
      parameters[i] -= (rate * mi) / (Math.sqrt(vi) * correction + epsilon);
    }
    return norm;
  }
}

/** √Σ g², summed in float64. */
export function globalNorm(gradients: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += gradients[i] * gradients[i];
  return Math.sqrt(sum);
}
