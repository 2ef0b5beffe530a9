import { parseStrictJson, type StrictJson, StrictJsonError } from './strict-json.ts';

/**
 * The header of a safetensors file: 8 bytes with the length N of the header (little-endian), N bytes of JSON, then the data of all
 * tensors without gaps (format description: huggingface/safetensors, README).
 */

/** Bytes of one element of every type the format knows. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type StoredDtype = keyof typeof DTYPE_BYTES;

/** One tensor as the header describes it. */
export interface TensorEntry {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Longest header that is read; the reference implementation has the same limit. */
export const MAX_HEADER_BYTES = 100_000_000;

/** A safetensors file breaks the format, or is not what it must be. */
export class SafetensorsError extends Error {
  readonly code = 'TURNWISE_SAFETENSORS';
  override readonly name = 'SafetensorsError';
  readonly file: string;
  readonly tensor: string | undefined;

  constructor(problem: string, file: string, tensor?: string, options?: ErrorOptions) {
    super(`${file}: ${tensor === undefined ? '' : `tensor "${tensor}": `}${problem}`, options);
    this.file = file;
    this.tensor = tensor;
  }
}

/**
 * Reads and checks a header: every field there and of its type, sizes that follow from shape and type, data without gaps, overlaps
 * or bytes left over, no name twice.
 *
 * @param bytes the N bytes of the header
 * @param dataBytes bytes of the file after the header
 * @param file for messages
 * @throws SafetensorsError naming the first thing wrong and the tensor
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const fields = parseObject(bytes, file);
  const metadata = readMetadata(fields.get('__metadata__'), file);
  fields.delete('__metadata__');
  const entries = [...fields].map(([name, value]) => [name, readEntry(name, value, file)] as const);
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const [name, { begin, end }] of entries) {
    if (end > dataBytes) {
      const problem = `its data ends at byte ${end}, but the file has only ${dataBytes} bytes of data: it was cut short. Copy it again.`;
      throw new SafetensorsError(problem, file, name);
    }
    if (begin !== at) {
      const how = begin < at ? 'overlaps the data before it' : 'leaves a gap before it';
      throw new SafetensorsError(
        `its data (bytes ${begin} to ${end}) ${how}; it must begin at byte ${at}.`,
        file,
        name,
      );
    }
    at = end;
  }
  if (at !== dataBytes) {
    throw new SafetensorsError(`${dataBytes - at} bytes after the last tensor belong to no tensor.`, file);
  }
  return { tensors: new Map(entries), metadata };
}

/** The first bytes of a file: length and header, padded with spaces so that the data begins at a multiple of 8. */
export function formatHeader(
  tensors: Iterable<readonly [string, { readonly dtype: StoredDtype; readonly shape: readonly number[] }]>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: [string, unknown][] = [['__metadata__', metadata]];
  let at = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const end = at + elements(shape) * DTYPE_BYTES[dtype];
    fields.push([name, { dtype, shape, data_offsets: [at, end] }]);
    at = end;
  }
  const json = new TextEncoder().encode(
    `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`,
  );
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function parseObject(bytes: Uint8Array, file: string): Map<string, StrictJson> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SafetensorsError('the header is not UTF-8 text; this is no safetensors file.', file, undefined, {
      cause: error,
    });
  }
  let value: StrictJson;
  try {
    value = parseStrictJson(text, 4);
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    throw new SafetensorsError(`the header is not valid JSON: ${error.message}.`, file, undefined, { cause: error });
  }
  if (!(value instanceof Map)) throw new SafetensorsError('the header is not a JSON object.', file);
  return value;
}

function readMetadata(value: StrictJson | undefined, file: string): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!(value instanceof Map)) throw new SafetensorsError('`__metadata__` is not an object.', file);
  for (const [key, text] of value) {
    if (typeof text !== 'string') throw new SafetensorsError(`\`__metadata__\`: "${key}" is not a string.`, file);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: StrictJson, file: string): TensorEntry {
  const refuse = (problem: string): never => {
    throw new SafetensorsError(problem, file, name);
  };
  if (!(value instanceof Map)) return refuse('its entry in the header is not an object.');
  const dtype = value.get('dtype');
  const shape = value.get('shape');
  const offsets = value.get('data_offsets');
  if (value.size !== 3 || dtype === undefined || shape === undefined || offsets === undefined) {
    return refuse('its entry must have exactly the fields `dtype`, `shape` and `data_offsets`.');
  }
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return refuse(`\`dtype\` is ${JSON.stringify(dtype)}; known are ${Object.keys(DTYPE_BYTES).join(', ')}.`);
  }
  if (!isSizes(shape)) return refuse('`shape` must be a list of integers, 0 or more.');
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return refuse('`data_offsets` must be two integers, 0 or more, the second not below the first.');
  }
  const bytes = elements(shape) * DTYPE_BYTES[dtype as StoredDtype];
  if (!Number.isSafeInteger(bytes)) return refuse(`shape [${shape}] is too large.`);
  if (offsets[1] - offsets[0] !== bytes) {
    return refuse(
      `shape [${shape}] of ${dtype} needs ${bytes} bytes; \`data_offsets\` give ${offsets[1] - offsets[0]}.`,
    );
  }
  return { dtype: dtype as StoredDtype, shape, begin: offsets[0], end: offsets[1] };
}

function isSizes(value: StrictJson): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0 && !Object.is(n, -0));
}
