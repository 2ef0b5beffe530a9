/** 16-bit floats to float32. Every value of both formats is a float32, so nothing is rounded. */

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
