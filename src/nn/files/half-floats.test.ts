import { expect, test } from 'vitest';
import { fromBfloat16, fromFloat16 } from './half-floats.ts';

const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);

/** Sign, exponent and fraction read as IEEE 754 defines them. */
function value(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

test.each([
  ['float16', fromFloat16, 5],
  ['bfloat16', fromBfloat16, 8],
] as const)('every %s', (_, convert, exponentBits) => {
  const floats = new Float32Array(all.length);
  convert(all, floats);
  let different = 0;
  for (const bits of all) if (!Object.is(floats[bits], value(bits, exponentBits))) different++;
  expect(different).toBe(0);
});
