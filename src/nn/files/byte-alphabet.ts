/**
 * Byte-level BPE writes each of the 256 bytes as one printable character: printable Latin-1 as itself, the other 68
 * as U+0100 and up, in byte order (the convention of GPT-2's and Qwen2's vocabulary files).
 */

/** The character of every byte. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/** The byte of every character. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(BYTE_CHARACTERS.map((c, byte) => [c, byte]));

const encoder = new TextEncoder();

/** Text as characters of the alphabet, one per UTF-8 byte. */
export function toByteCharacters(text: string): string {
  let characters = '';
  for (const byte of encoder.encode(text)) characters += BYTE_CHARACTERS[byte];
  return characters;
}

/** The bytes that characters of the alphabet stand for; undefined where a character is not of the alphabet. */
export function fromByteCharacters(characters: string): Uint8Array | undefined {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) {
    const byte = CHARACTER_BYTES.get(characters[i]);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
