import { expect, test } from 'vitest';
import { Random } from '../../text/random.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half-floats.ts';

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

test.each([
  ['float16', fromFloat16, toFloat16, 5],
  ['bfloat16', fromBfloat16, toBfloat16, 8],
] as const)('the nearest %s of every number, ties to even', (_, from, to, exponentBits) => {
  const own = new Float32Array(all.length);
  from(all, own);
  const back = new Uint16Array(all.length);
  to(own, back);
  let changed = 0;
  all.forEach((bits, i) => {
    if (back[i] !== bits && !(Number.isNaN(own[i]) && Number.isNaN(value(back[i], exponentBits)))) changed++;
  });
  expect(changed).toBe(0);

  // Halves between neighbours go to the even one, anything else to the nearer one.
  const finite = all.filter((bits) => bits < 0x8000 && Number.isFinite(value(bits + 1, exponentBits)));
  const random = new Random(1);
  const between: number[] = [];
  const expected: number[] = [];
  for (const bits of finite) {
    const [low, high] = [value(bits, exponentBits), value(bits + 1, exponentBits)];
    const half = Math.fround((low + high) / 2);
    if (half !== (low + high) / 2) continue;
    const other = Math.fround(low + (high - low) * random.next());
    const nearer = other - low < high - other ? bits : other - low > high - other || bits % 2 === 1 ? bits + 1 : bits;
    between.push(half, -half, other);
    expected.push(bits % 2 === 0 ? bits : bits + 1, (bits % 2 === 0 ? bits : bits + 1) | 0x8000, nearer);
  }
  const rounded = new Uint16Array(between.length);
  to(Float32Array.from(between), rounded);
  expect(expected.length).toBeGreaterThan(90_000);
  let different = 0;
  expected.forEach((bits, i) => {
    if (rounded[i] !== bits) different++;
  });
  expect(different).toBe(0);
  to(Float32Array.of(3.4e38, -3.4e38, 65520, 65519.9), rounded);
  if (exponentBits === 5) expect([...rounded.subarray(0, 4)]).toEqual([0x7c00, 0xfc00, 0x7c00, 0x7bff]);
});
