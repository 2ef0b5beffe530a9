/** 16-bit floats to float32, where nothing is rounded since every value of both formats is a float32, and back, to the nearest, ties to even. */

/** bfloat16 is the upper half of a float32. */
export function fromBfloat16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i] << 16;
}

/** IEEE 754 binary16, by table. */
export function fromFloat16(source: Uint16Array, target: Float32Array): void {
  table ??= float16Table();
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = table[source[i]];
}

/** float32 bits of every binary16. */
let table: Uint32Array | undefined;

function float16Table(): Uint32Array {
  const floats = new Float32Array(1);
  const bits = new Uint32Array(floats.buffer);
  return Uint32Array.from({ length: 1 << 16 }, (_, half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
    if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
    floats[0] = fraction * 2 ** -24;
    return sign | bits[0];
  });
}

/** The nearest bfloat16 of every number; NaN stays NaN, what is too large becomes infinite. */
export function toBfloat16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const notANumber = (b & 0x7fffffff) > 0x7f800000;
    // Half of the last place, and one more where that place is odd: ties go to even.
    target[i] = notANumber ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
}

/** The nearest binary16 of every number; NaN stays NaN, what is too large becomes infinite. */
export function toFloat16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000;
    const magnitude = bits[i] & 0x7fffffff;
    if (magnitude > 0x7f800000) target[i] = sign | 0x7e00;
    else if (magnitude < 0x38800000) {
      // Below 2⁻¹⁴ the format has steps of 2⁻²⁴; float64 holds the quotient exactly.
      target[i] = sign | roundTiesToEven(Math.abs(source[i]) * 2 ** 24);
    } else {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      target[i] = sign | (rounded >= 0x47800000 ? 0x7c00 : (rounded - 0x38000000) >>> 13);
    }
  }
}

function roundTiesToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
