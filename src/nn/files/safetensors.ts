import { type FileHandle, open } from 'node:fs/promises';
import { writeFileAtomic } from './atomic.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half-floats.ts';
import {
  elements,
  formatHeader,
  MAX_HEADER_BYTES,
  parseHeader,
  SafetensorsError,
  type SafetensorsHeader,
  type StoredDtype,
  type TensorEntry,
} from './safetensors-header.ts';

export { SafetensorsError, type StoredDtype, type TensorEntry } from './safetensors-header.ts';

/** A tensor in memory, row-major. Files may also hold F16 and BF16, which become F32. */
export type Tensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

/** How floats can be stored. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export function isFloatDtype(dtype: StoredDtype): dtype is FloatDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Bytes moved by one call: large enough to be fast, small enough that the 16-bit buffer does not matter. */
const CHUNK = 8 << 20;

/** Metadata that readers for PyTorch ask for. */
const PYTORCH = { format: 'pt' } as const;

/**
 * An open safetensors file: the header is read and checked, tensors are read one by one, each straight to its place.
 */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  private readonly file: FileHandle;
  private readonly dataStart: number;

  private constructor(path: string, file: FileHandle, header: SafetensorsHeader, dataStart: number) {
    this.path = path;
    this.file = file;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.dataStart = dataStart;
  }

  /** @throws SafetensorsError when the file is not a whole, valid safetensors file; file system errors as they are */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = new Uint8Array(8);
      if (size < 8) throw new SafetensorsError(`it has ${size} bytes; a safetensors file has at least 8.`, path);
      await readFully(file, start, 0, path);
      const length = Number(new DataView(start.buffer).getBigUint64(0, true));
      if (length > MAX_HEADER_BYTES) {
        throw new SafetensorsError(`a header of ${length} bytes is beyond the limit of ${MAX_HEADER_BYTES}.`, path);
      }
      if (8 + length > size) {
        throw new SafetensorsError(`the header needs ${length} bytes, but the file has ${size}. Copy it again.`, path);
      }
      const header = new Uint8Array(length);
      await readFully(file, header, 8, path);
      return new SafetensorsFile(path, file, parseHeader(header, size - 8 - length, path), 8 + length);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Reads a floating-point tensor (F32, F16 or BF16) into `target`, which must have exactly its number of elements.
   *
   * @throws SafetensorsError when there is no such tensor or it has another type or size
   */
  async readFloats(name: string, target: Float32Array): Promise<void> {
    const entry = this.entry(name);
    const count = elements(entry.shape);
    if (count !== target.length) {
      throw new SafetensorsError(`it has ${count} elements where ${target.length} are needed.`, this.path, name);
    }
    await this.readPart(name, entry, 0, target);
  }

  /** Reads some rows of a matrix of floats at a time. */
  rows(name: string): (first: number, count: number) => Promise<Float32Array> {
    const entry = this.entry(name);
    const [height, width] = entry.shape;
    return async (first, count) => {
      const part = new Float32Array(Math.min(count, height - first) * width);
      await this.readPart(name, entry, first * width, part);
      return part;
    };
  }

  private async readPart(name: string, entry: TensorEntry, from: number, target: Float32Array): Promise<void> {
    const count = target.length;
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    const start = this.dataStart + entry.begin + from * (entry.dtype === 'F32' ? 4 : 2);
    if (entry.dtype === 'F32') return readFully(this.file, bytes, start, this.path);
    const convert = entry.dtype === 'F16' ? fromFloat16 : entry.dtype === 'BF16' ? fromBfloat16 : undefined;
    if (convert === undefined) {
      throw new SafetensorsError(`its type is ${entry.dtype}; F32, F16 or BF16 is needed.`, this.path, name);
    }
    const halves = new Uint16Array(Math.min(count, CHUNK / 2));
    for (let at = 0; at < count; at += halves.length) {
      const part = halves.subarray(0, Math.min(halves.length, count - at));
      await readFully(this.file, new Uint8Array(part.buffer, 0, part.byteLength), start + 2 * at, this.path);
      convert(part, target.subarray(at, at + part.length));
    }
  }

  /** Reads any tensor of type F32, F16, BF16, I32 or I64. */
  async read(name: string): Promise<Tensor> {
    const { dtype, shape, begin } = this.entry(name);
    const count = elements(shape);
    if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') {
      const data = new Float32Array(count);
      await this.readFloats(name, data);
      return { dtype: 'F32', shape, data };
    }
    if (dtype !== 'I32' && dtype !== 'I64') {
      throw new SafetensorsError(`type ${dtype} is not supported; F32, F16, BF16, I32 and I64 are.`, this.path, name);
    }
    const tensor: Tensor =
      dtype === 'I32'
        ? { dtype, shape, data: new Int32Array(count) }
        : { dtype, shape, data: new BigInt64Array(count) };
    await readFully(this.file, bytesOf(tensor), this.dataStart + begin, this.path);
    return tensor;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private entry(name: string): TensorEntry {
    const entry = this.tensors.get(name);
    if (entry === undefined) throw new SafetensorsError('it is not in the file.', this.path, name);
    return entry;
  }
}

/**
 * Reads all tensors of a file into memory.
 *
 * @throws SafetensorsError naming file and tensor
 */
export async function readSafetensors(path: string): Promise<Map<string, Tensor>> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

/**
 * Writes tensors, in the map's order, all or nothing. The data goes to the file from where it lies in memory, without a copy, so it
 * must not change until the promise is settled.
 *
 * @param dtypes tensors of floats that are to be stored in 16 bits, rounded to the nearest
 * @throws SafetensorsError when the data of a tensor does not have the size of its shape
 * @throws DiskError when the disk is full or writing is forbidden; a file that was there before is then still whole
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = PYTORCH,
  dtypes: ReadonlyMap<string, FloatDtype> = new Map(),
): Promise<void> {
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new SafetensorsError('no tensor can have this name.', path, name);
    if (elements(shape) !== data.length) {
      throw new SafetensorsError(`shape [${shape}] does not fit ${data.length} elements.`, path, name);
    }
  }
  await writeFileAtomic(path, async (file) => {
    const stored = new Map(
      [...tensors].map(([name, t]) => [
        name,
        { ...t, dtype: t.dtype === 'F32' ? (dtypes.get(name) ?? 'F32') : t.dtype },
      ]),
    );
    await writeFully(file, formatHeader(stored, metadata));
    for (const [name, tensor] of tensors) {
      const dtype = stored.get(name)!.dtype;
      if (dtype === 'F16' || dtype === 'BF16') await writeHalves(file, tensor.data as Float32Array, dtype);
      else await writeFully(file, bytesOf(tensor));
    }
  });
}

// Data is little-endian in the file and, on every machine Node runs the network on, in memory.
function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function writeHalves(file: FileHandle, data: Float32Array, dtype: 'F16' | 'BF16'): Promise<void> {
  const convert = dtype === 'F16' ? toFloat16 : toBfloat16;
  const halves = new Uint16Array(Math.min(data.length, CHUNK / 2));
  for (let at = 0; at < data.length; at += halves.length) {
    const part = data.subarray(at, at + halves.length);
    convert(part, halves);
    await writeFully(file, new Uint8Array(halves.buffer, 0, 2 * part.length));
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(CHUNK, bytes.length - at));
    at += bytesWritten;
  }
}

async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string): Promise<void> {
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await file.read(target, at, Math.min(CHUNK, target.length - at), position + at);
    if (bytesRead === 0) throw new SafetensorsError(`it became shorter while it was read.`, path);
    at += bytesRead;
  }
}
