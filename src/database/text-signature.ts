/**
 * Bits of a signature. An episode of a few thousand characters sets about a quarter of them, so that hardly one passes for a
 * text of ten characters that it does not hold.
 */
const BITS = 2048;
/** Bits of the place of a bit. */
const PLACE = 11;
/** Characters that set a bit together. */
const TOGETHER = 3;
/** Bits that a character is moved by before the next comes in: after three it is gone. */
const SHIFT = 5;
const WINDOW = 2 ** (TOGETHER * SHIFT) - 1;
/** The golden ratio of 2^32: neighbouring numbers fall far from each other (Knuth's multiplicative hashing). */
const SPREAD = 0x9e3779b1;

/**
 * Which runs of three characters a text holds, one bit for many of them: what a text holds, its signature holds, so that a
 * search need not look into texts whose signature lacks a bit of what is looked for.
 *
 * @returns as DuckDB keeps a BIT of 2048: how many bits of the first byte are unused, none, and the bits
 */
export function textSignature(text: string): Uint8Array {
  const bytes = new Uint8Array(1 + BITS / 8);
  let window = 0;
  for (let i = 0; i < TOGETHER - 1; i++) window = (window << SHIFT) ^ text.charCodeAt(i);
  for (let i = TOGETHER - 1; i < text.length; i++) {
    window = ((window << SHIFT) ^ text.charCodeAt(i)) & WINDOW;
    const place = Math.imul(window, SPREAD) >>> (32 - PLACE);
    bytes[1 + (place >> 3)] |= 0x80 >> (place & 7);
  }
  return bytes;
}

/** A signature as SQL writes it: `'0100…'::BIT`, without the quotes and the type. */
export function signatureBits(signature: Uint8Array): string {
  return Array.from(signature.subarray(1), (byte) => byte.toString(2).padStart(8, '0')).join('');
}
