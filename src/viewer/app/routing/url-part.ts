/**
 * A text as a part of an address. Names come from files and may hold anything; a lone surrogate, which
 * `encodeURIComponent` refuses, is written as `%uD800`, a space as `+`.
 */
export function encodePart(text: string): string {
  const parts = Array.from(text, (character) => {
    if (character === ' ') return '+';
    if (character === ',') return ',';
    const code = character.codePointAt(0)!;
    return isSurrogate(code) ? `%u${code.toString(16).toUpperCase()}` : encodeURIComponent(character);
  });
  return parts.join('');
}

/** What `encodePart` was given; what is no such part stays as it is. */
export function decodePart(part: string): string {
  const pieces = part.replaceAll('+', ' ').split(/(%u[dD][89a-fA-F][0-9a-fA-F]{2})/);
  // Every other piece is what the parentheses matched.
  return pieces.map((piece, i) => (i % 2 === 1 ? surrogate(piece) : decodePlain(piece))).join('');
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function surrogate(piece: string): string {
  return String.fromCharCode(Number.parseInt(piece.slice(2), 16));
}

function decodePlain(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
