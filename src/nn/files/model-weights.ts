import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';
import type { DecoderConfig } from './model-config.ts';
import { missingModelFile, parseJsonObject, readOptionalModelFile } from './model-file.ts';
import { type ParameterSpec, parameterLayout } from './parameters.ts';
import { type FloatDtype, isFloatDtype, SafetensorsFile } from './safetensors.ts';

/** In which files of a model folder the weights lie, and how they are stored: what is needed to write them back as they were. */
export interface WeightStorage {
  /** By tensor, in the order of the files. */
  readonly tensors: ReadonlyMap<string, { readonly file: string; readonly dtype: FloatDtype }>;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * The weights of a model folder, in one safetensors file or in several with an index. Opening reads and checks the headers; tensors are read
 * one by one when they are asked for, each straight to its place.
 */
export class ModelWeights {
  readonly storage: WeightStorage;
  private readonly files: ReadonlyMap<string, SafetensorsFile>;

  private constructor(files: ReadonlyMap<string, SafetensorsFile>, storage: WeightStorage) {
    this.files = files;
    this.storage = storage;
  }

  /** @throws CheckpointError or SafetensorsError naming file and tensor when something is missing, of another shape, or too much */
  static async open(folder: string, config: DecoderConfig): Promise<ModelWeights> {
    const index = existsSync(join(folder, SINGLE)) ? undefined : await readIndex(folder);
    const names = index === undefined ? [SINGLE] : [...new Set(index.values())].sort();
    const files = new Map<string, SafetensorsFile>();
    try {
      for (const name of names) {
        if (index !== undefined && !existsSync(join(folder, name))) {
          throw new CheckpointError(`the file ${name} that it names is not there. Download the model again.`, {
            file: join(folder, INDEX),
          });
        }
        files.set(name, await SafetensorsFile.open(join(folder, name)));
      }
      const weights = new ModelWeights(files, { tensors: located(folder, files, index) });
      weights.check(config);
      await weights.checkSpareHead(config);
      return weights;
    } catch (error) {
      for (const file of files.values()) await file.close();
      throw error;
    }
  }

  /** Reads a tensor into `target`, which must have its number of elements. */
  async read(name: string, target: Float32Array): Promise<void> {
    await this.fileOf(name).readFloats(name, target);
  }

  /** Reads all weights to their places in one flat array, see parameterLayout. */
  async readAll(config: DecoderConfig, target: Float32Array): Promise<void> {
    for (const { name, offset, size } of parameterLayout(config).specs) {
      await this.read(name, target.subarray(offset, offset + size));
    }
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
  }

  private fileOf(name: string): SafetensorsFile {
    return this.files.get(this.storage.tensors.get(name)!.file)!;
  }

  /** Every tensor there with its shape, and none that the network would not use. */
  private check(config: DecoderConfig): void {
    const { specs } = parameterLayout(config);
    const [first] = this.files.values();
    for (const spec of specs) this.checkTensor(spec, first.path);
    const known = new Set(specs.map((s) => s.name));
    for (const [tensor, { file }] of this.storage.tensors) {
      // Copies that some versions of transformers save: a tied head, and the rotary frequencies.
      const copy = (config.tiedEmbeddings && tensor === 'lm_head.weight') || tensor.endsWith('.rotary_emb.inv_freq');
      if (!known.has(tensor) && !copy) {
        const problem =
          'the network of config.json has no such tensor, so the model would not be the one that was saved.';
        throw new CheckpointError(problem, { file: this.files.get(file)!.path, tensor });
      }
    }
  }

  private checkTensor({ name: tensor, shape }: ParameterSpec, firstFile: string): void {
    const stored = this.storage.tensors.get(tensor);
    if (stored === undefined) {
      const problem = `it is missing; config.json asks for shape [${shape}]. The weights are not of this configuration.`;
      throw new CheckpointError(problem, { file: firstFile, tensor });
    }
    const file = this.files.get(stored.file)!;
    const found = file.tensors.get(tensor)!;
    if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) {
      const problem = `expected shape [${shape}] from config.json, found [${found.shape}].`;
      throw new CheckpointError(problem, { file: file.path, tensor });
    }
  }

  /** A tied model may have its head in the file once more; were it another one, other programs would compute with it. */
  private async checkSpareHead(config: DecoderConfig): Promise<void> {
    const tensor = 'lm_head.weight';
    if (!config.tiedEmbeddings || !this.storage.tensors.has(tensor)) return;
    const rows = 4096;
    const [head, embedding] = [tensor, 'model.embed_tokens.weight'].map((name) => this.fileOf(name).rows(name));
    for (let row = 0; row < config.vocabSize; row += rows) {
      const [a, b] = [await head(row, rows), await embedding(row, rows)];
      if (a.every((x, i) => Object.is(x, b[i]))) continue;
      const problem =
        'config.json says that the head is the embedding (`tie_word_embeddings`), but the file has another head. Set it to false, or remove the tensor.';
      throw new CheckpointError(problem, { file: this.fileOf(tensor).path, tensor });
    }
  }
}

async function readIndex(folder: string): Promise<Map<string, string>> {
  const text = await readOptionalModelFile(folder, INDEX);
  if (text === undefined) throw missingModelFile(folder, SINGLE);
  const file = join(folder, INDEX);
  const map = parseJsonObject(text, file)['weight_map'];
  if (map === null || typeof map !== 'object' || Array.isArray(map)) {
    throw new CheckpointError('`weight_map` must name a file for every tensor.', { file, field: 'weight_map' });
  }
  const index = new Map<string, string>();
  for (const [tensor, name] of Object.entries(map)) {
    // A name with a path could lead out of the folder.
    if (typeof name !== 'string' || basename(name) !== name || !name.endsWith('.safetensors')) {
      const problem = `${JSON.stringify(name)} is not the name of a safetensors file of this folder.`;
      throw new CheckpointError(problem, { file, field: 'weight_map', tensor });
    }
    index.set(tensor, name);
  }
  if (index.size === 0) throw new CheckpointError('`weight_map` is empty.', { file, field: 'weight_map' });
  return index;
}

function located(
  folder: string,
  files: ReadonlyMap<string, SafetensorsFile>,
  index: ReadonlyMap<string, string> | undefined,
): WeightStorage['tensors'] {
  const tensors = new Map<string, { file: string; dtype: FloatDtype }>();
  for (const [name, file] of files) {
    for (const [tensor, { dtype }] of file.tensors) {
      const problem = (text: string): CheckpointError => new CheckpointError(text, { file: file.path, tensor });
      if (tensors.has(tensor)) throw problem(`it is in ${tensors.get(tensor)!.file} too.`);
      if (index !== undefined && index.get(tensor) !== name) {
        throw problem(`the index has it in ${index.get(tensor) ?? 'no file'}.`);
      }
      if (!isFloatDtype(dtype)) throw problem(`its type is ${dtype}; F32, F16 or BF16 is needed.`);
      tensors.set(tensor, { file: name, dtype });
    }
  }
  for (const [tensor, name] of index ?? []) {
    if (!tensors.has(tensor)) {
      throw new CheckpointError(`it is not in ${name}, where the index has it.`, { file: join(folder, INDEX), tensor });
    }
  }
  return tensors;
}
