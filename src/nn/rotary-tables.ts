import type { DecoderConfig } from './files/model-config.ts';
import type { RopeScaling } from './files/rope-scaling.ts';

/** cos and sin of position · frequency, [positions, h/2] row-major, times YaRN's attention factor where there is one. */
export function rotaryTables(config: DecoderConfig, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = rotaryFrequencies(config);
  const half = frequencies.length;
  const factor = config.ropeScaling?.type === 'yarn' ? config.ropeScaling.attentionFactor : 1;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = p * frequencies[i];
      cos[p * half + i] = factor * Math.cos(angle);
      sin[p * half + i] = factor * Math.sin(angle);
    }
  }
  return { cos, sin };
}

/** Radians a position for every pair of a head: θ^(−2i/h) (Su et al. 2021, §3.2.2), scaled as the model's files say. */
export function rotaryFrequencies({ headDim, ropeTheta, ropeScaling }: DecoderConfig): Float64Array {
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headDim));
  if (ropeScaling === undefined) return plain;
  if (ropeScaling.type === 'linear') return plain.map((f) => f / ropeScaling.factor);
  if (ropeScaling.type === 'llama3') return plain.map((f) => llama3Frequency(f, ropeScaling));
  return yarnFrequencies(plain, headDim, ropeTheta, ropeScaling);
}

function llama3Frequency(frequency: number, s: Extract<RopeScaling, { type: 'llama3' }>): number {
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < s.originalMaxPositions / s.highFreqFactor) return frequency;
  if (wavelength > s.originalMaxPositions / s.lowFreqFactor) return frequency / s.factor;
  const kept = (s.originalMaxPositions / wavelength - s.lowFreqFactor) / (s.highFreqFactor - s.lowFreqFactor);
  return (1 - kept) * (frequency / s.factor) + kept * frequency;
}

function yarnFrequencies(
  plain: Float64Array,
  headDim: number,
  theta: number,
  s: Extract<RopeScaling, { type: 'yarn' }>,
): Float64Array {
  // The pair that turns so many times over the original positions.
  const pairOf = (turns: number): number =>
    (headDim * Math.log(s.originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const low = Math.max(0, s.truncate ? Math.floor(pairOf(s.betaFast)) : pairOf(s.betaFast));
  const high = Math.min(headDim - 1, s.truncate ? Math.ceil(pairOf(s.betaSlow)) : pairOf(s.betaSlow));
  const width = high === low ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / s.factor) * stretched + frequency * (1 - stretched);
  });
}
