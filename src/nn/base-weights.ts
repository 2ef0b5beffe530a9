import { toFloat16 } from './files/half-floats.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { type ParameterSpec, parameterLayout } from './files/parameters.ts';
import { PIECE_ELEMENTS } from './half-linear.ts';
import type { Device, DeviceKind, Feeds, Tensor } from './sessions.ts';

/** How weights that are not trained are kept; what is trained, and everything that is computed, is float32. */
export type WeightType = 'float32' | 'float16';

/** `auto`: float16 under adapters on a graphics processor that computes with it. */
export type WeightChoice = WeightType | 'auto';

/** What computes, and how it keeps the weights that are not trained. */
export interface Opened {
  readonly device: DeviceKind;
  readonly weights: WeightType;
}

/** A matrix that stays in float32 though the others are in float16. */
export interface KeptWide {
  readonly name: string;
  /** Values beyond float16's largest, 65,504; 0 where all are so small that float16 would lose their digits. */
  readonly beyond: number;
}

/** Weights in float16 were asked for where they cannot be. */
export class WeightTypeError extends Error {
  readonly code = 'TURNWISE_WEIGHT_TYPE';
  override readonly name = 'WeightTypeError';
}

/**
 * The type of the frozen weights.
 *
 * @param frozen whether there are any
 * @throws WeightTypeError when float16 was asked for and cannot be
 */
export async function chooseWeightType(choice: WeightChoice, frozen: boolean, device: Device): Promise<WeightType> {
  if (choice === 'float32' || (choice === 'auto' && !frozen)) return 'float32';
  const help = 'Leave engine.weights at auto, or say float32.';
  if (!frozen) {
    throw new WeightTypeError(
      `engine.weights=float16 is for weights that are not trained, and all of them are: small steps would be lost in it. Train adapters (lora.enabled=true). ${help}`,
    );
  }
  const refusal = await device.refusesHalves();
  if (refusal === undefined) return 'float16';
  if (choice === 'auto') return 'float32';
  const where = device.kind === 'cpu' ? ' --device webgpu may.' : '';
  throw new WeightTypeError(`engine.weights=float16 cannot be computed with here: ${refusal}.${where} ${help}`);
}

/** The weights under adapters where they are computed with: each once, for sampling, scoring and training. */
export class BaseWeights {
  readonly type: WeightType;
  /** Those in float16. */
  readonly halves = new Set<string>();
  /** Those that should be and are not. */
  readonly wide: KeptWide[] = [];
  readonly feeds: Feeds = {};
  private readonly device: Device;

  constructor(device: Device, type: WeightType) {
    this.device = device;
    this.type = type;
  }

  /** Takes one; on the processor the array itself, which must then stay as it is. */
  async add({ name, shape }: ParameterSpec, data: Float32Array): Promise<void> {
    this.feeds[name] = await this.device.upload(this.converted(name, shape, data), shape);
  }

  dispose(): void {
    if (this.device.kind === 'cpu') return;
    for (const tensor of Object.values(this.feeds) as Tensor[]) tensor.dispose();
  }

  private converted(name: string, shape: readonly number[], data: Float32Array): Float32Array | Uint16Array {
    if (this.type === 'float32' || !isHalved(shape)) return data;
    const { beyond, largest } = measure(data);
    if (beyond > 0 || (largest > 0 && largest < LEAST)) {
      this.wide.push({ name, beyond });
      return data;
    }
    this.halves.add(name);
    const halves = new Uint16Array(data.length);
    toFloat16(data, halves);
    return halves;
  }
}

/** Vectors (norms, biases) are small, and stay. */
function isHalved(shape: readonly number[]): boolean {
  return shape.length === 2;
}

/** From here on float16 rounds to infinity. */
const BEYOND = 65520;
/** Where no number of a matrix is as large, float16's steps of 2⁻²⁴ are wider than the 2⁻¹¹ of the largest that it rounds by elsewhere. */
const LEAST = 2 ** -14;

function measure(data: Float32Array): { beyond: number; largest: number } {
  let beyond = 0;
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]);
    if (!(size < BEYOND)) beyond++;
    if (size > largest) largest = size;
  }
  return { beyond, largest };
}

/** Bytes of all weights of a model where they are not trained. */
export function baseBytes(config: DecoderConfig, type: WeightType): number {
  const { specs, total } = parameterLayout(config);
  if (type === 'float32') return 4 * total;
  const halved = specs.reduce((n, p) => n + (isHalved(p.shape) ? p.size : 0), 0);
  // What is converted at a time: a piece, the next, and one that is not let go of yet.
  return 2 * halved + 4 * (total - halved) + 3 * 4 * Math.min(PIECE_ELEMENTS, Math.max(...specs.map((p) => p.size)));
}

/** `2 matrices in float32: NAME (3 values beyond 65,504), …`, for a person; empty where there are none. */
export function describeWide(wide: readonly KeptWide[]): string {
  if (wide.length === 0) return '';
  const shown = wide
    .slice(0, SHOWN)
    .map(({ name, beyond }) => `${name} (${beyond > 0 ? `${counted(beyond)} beyond 65,504` : 'all values too small'})`);
  const more = wide.length > SHOWN ? `, and ${wide.length - SHOWN} more` : '';
  return `${wide.length} ${wide.length === 1 ? 'matrix' : 'matrices'} in float32: ${shown.join(', ')}${more}`;
}

const SHOWN = 3;

function counted(values: number): string {
  return `${values} ${values === 1 ? 'value' : 'values'}`;
}
