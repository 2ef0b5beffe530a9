import { WebShopDataError } from './errors.ts';

/** No record of a product is longer, in bytes. */
const LONGEST = 1 << 26;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An element of a JSON list: its text, and where in the file it lies, in bytes. */
export interface JsonRecord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The elements of a JSON list as texts, one after the other, so that a file of any size can be read. Elements are not checked,
 * only told apart.
 *
 * @throws WebShopDataError when the file cannot be read, is no list, or ends early
 */
export async function* eachRecord(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<JsonRecord> {
  const refuse = (problem: string, options?: ErrorOptions): never => {
    throw new WebShopDataError(file, problem, options);
  };
  let state: 'before' | 'inside' | 'after' = 'before';
  let depth = 0;
  let inText = false;
  let escaped = false;
  let records = 0;
  /** What is there of the current element. */
  let parts: Buffer[] = [];
  let size = 0;
  /** Where it begins, and where the chunk begins. */
  let begin = 0;
  let before = 0;
  const element = (): string => {
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    size = 0;
    return text;
  };
  try {
    for await (const chunk of chunks) {
      let start = 0;
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i];
        if (inText) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inText = false;
          continue;
        }
        if (state !== 'inside') {
          if (byte === 0x5b && state === 'before') {
            state = 'inside';
            start = i + 1;
            begin = before + start;
          } else if (!isBlank(byte) && !(state === 'before' && isByteOrderMark(byte)))
            refuse(state === 'before' ? 'it is not a JSON list' : 'something follows the end of its list');
          continue;
        }
        if (byte === QUOTE) inText = true;
        else if (byte === 0x7b || byte === 0x5b) depth++;
        else if (depth > 0 && (byte === 0x7d || byte === 0x5d)) depth--;
        else if (depth === 0 && (byte === 0x2c || byte === 0x5d)) {
          parts.push(chunk.subarray(start, i));
          start = i + 1;
          const place = { start: begin, end: before + i };
          begin = before + start;
          const text = element();
          const ends = byte === 0x5d;
          if (text.trim() !== '') {
            records++;
            yield { text, ...place };
          } else if (!ends || records > 0) refuse(`there is nothing after its record ${records}`);
          if (ends) state = 'after';
        }
      }
      before += chunk.length;
      if (state !== 'inside') continue;
      parts.push(chunk.subarray(start));
      size += chunk.length - start;
      if (size > LONGEST) refuse(`its record ${records + 1} does not end`);
    }
  } catch (error) {
    if (error instanceof WebShopDataError || (error as { code?: unknown }).code === undefined) throw error;
    refuse((error as Error).message, { cause: error });
  }
  if (state === 'before') refuse('it is not a JSON list');
  if (state === 'inside') refuse(`it ends in the middle of record ${records + 1}. Copy it again.`);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isByteOrderMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}
