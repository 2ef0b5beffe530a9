/**
 * Lengths of documents in one byte, as Lucene's SmallFloat keeps them: exact up to 39, then four significant bits.
 */
export function encodeLength(length: number): number {
  return length < FREE ? length : FREE + encodeFloat(length - FREE);
}

export function decodeLength(byte: number): number {
  return byte < FREE ? byte : FREE + decodeFloat(byte - FREE);
}

/** Values that need no rounding because the code has room for them. */
const FREE = 255 - encodeFloat(0x7fffffff);

function encodeFloat(value: number): number {
  const bits = 32 - Math.clz32(value);
  if (bits < 4) return value;
  const shift = bits - 4;
  return ((value >>> shift) & 7) | ((shift + 1) << 3);
}

function decodeFloat(code: number): number {
  const shift = (code >>> 3) - 1;
  return shift < 0 ? code & 7 : ((code & 7) | 8) * 2 ** shift;
}
