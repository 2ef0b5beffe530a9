/** A piece of a text: as it is, or a character that would not be seen or would change how its neighbours are seen. */
export type Piece =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'hidden'; readonly text: string; readonly name: string };

/**
 * Characters made visible: controls but line feed and tab, controls of writing direction, spaces without width, soft
 * hyphens, line separators, tags, noncharacters, and halves of a surrogate pair.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  11: 'vertical tab',
  12: 'form feed',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero-width space',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
};

/** Cuts a text at the characters that must be made visible. */
export function pieces(text: string): Piece[] {
  const list: Piece[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    // A carriage return before a line feed is an end of line.
    if (character === '\r' && text[index + 1] === '\n') continue;
    if (index > from) list.push({ kind: 'plain', text: text.slice(from, index) });
    list.push({ kind: 'hidden', text: sign(character), name: nameOf(character) });
    from = index + character.length;
  }
  if (from < text.length) list.push({ kind: 'plain', text: text.slice(from) });
  return list;
}

/** The text with its hidden characters written out: for titles, labels, pictures, names of files. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character, index: number) =>
    character === '\r' && text[index + 1] === '\n' ? '' : sign(character),
  );
}

/** The text in one line, cut to at most `length` characters. */
export function oneLine(text: string, length = 200): string {
  // Far more than is shown, and little against a text of megabytes.
  const start = text.slice(0, 4 * length + 100);
  const characters = [...visible(start.replace(/\s+/g, ' ').trim())];
  if (characters.length <= length && start.length === text.length) return characters.join('');
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`;
}

/** Controls below a space have pictures of their own; others are told by their number. */
function sign(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `⟨${hexadecimal(code)}⟩`;
}

function nameOf(character: string): string {
  const code = character.codePointAt(0)!;
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  const name = NAMES[code] ?? (surrogate ? 'half of a surrogate pair' : undefined);
  return name === undefined ? hexadecimal(code) : `${hexadecimal(code)} ${name}`;
}

function hexadecimal(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
