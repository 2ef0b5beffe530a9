import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recoverFolder, replaceFolderAtomic, writeFileAtomic } from './atomic.ts';
import { CheckpointError } from './checkpoint-error.ts';
import {
  type DecoderConfig,
  formatModelConfig,
  formatSpecialTokenIds,
  parseModelConfig,
  type SpecialTokenIds,
} from './model-config.ts';
import { missingModelFile, parseJsonObject, readModelFile, readOptionalModelFile } from './model-file.ts';
import { type ParameterSpec, parameterLayout } from './parameters.ts';
import { SafetensorsFile, type Tensor, writeSafetensors } from './safetensors.ts';
import { readTokenizer, type Tokenizer } from './tokenizer.ts';

/** A model as a Hugging Face folder holds it. */
export interface Checkpoint {
  readonly config: DecoderConfig;
  /** All weights, laid out by parameterLayout(config); the gaps between tensors are 0. */
  readonly parameters: Float32Array;
  readonly tokenizer: Tokenizer;
  readonly special: SpecialTokenIds;
}

/**
 * Reads a model folder: config.json, model.safetensors, tokenizer.json, tokenizer_config.json and, where present,
 * generation_config.json, whose ids that end a text go before those of config.json.
 *
 * @throws CheckpointError or SafetensorsError naming the file, and the tensor with the shape expected and found
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  if (!existsSync(folder)) await recoverFolder(folder);
  const configFile = join(folder, 'config.json');
  const { decoder: config, special } = parseModelConfig(await readModelFile(folder, 'config.json'), configFile);
  const tokenizer = await readTokenizer(folder);
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new CheckpointError(
      `\`vocab_size\` is ${config.vocabSize}, but tokenizer.json has ids up to ${tokenizer.vocabSize - 1}. They are not of one model.`,
      { file: configFile, field: 'vocab_size' },
    );
  }
  const generation = await readGenerationIds(folder);
  const parameters = await readParameters(folder, config);
  return { config, parameters, tokenizer, special: { ...special, ...generation } };
}

/**
 * Writes a model folder, all or nothing: a crash at any moment leaves what was there before, or the new one.
 *
 * @param addFiles writes further files (optimizer state, …) into the folder it is given, before the folder takes its place
 * @throws CheckpointError when weights and configuration do not fit; DiskError when the disk is full or writing is forbidden
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  addFiles?: (temp: string) => Promise<void>,
): Promise<void> {
  const { config, parameters, tokenizer, special } = checkpoint;
  const tensors = namedTensors(config, parameters, folder);
  const generation = { ...formatSpecialTokenIds(special), do_sample: true };
  await replaceFolderAtomic(folder, async (temp) => {
    await writeFileAtomic(join(temp, 'config.json'), formatModelConfig({ decoder: config, special }));
    await writeFileAtomic(join(temp, 'generation_config.json'), `${JSON.stringify(generation, undefined, 2)}\n`);
    await writeFileAtomic(join(temp, 'tokenizer.json'), tokenizer.files.json);
    await writeFileAtomic(join(temp, 'tokenizer_config.json'), tokenizer.files.config);
    await writeSafetensors(join(temp, 'model.safetensors'), tensors);
    await addFiles?.(temp);
  });
}

/** The tensors that lie in a flat array, under their names; views, not copies. */
export function namedTensors(config: DecoderConfig, flat: Float32Array, file: string): Map<string, Tensor> {
  const { specs, total } = parameterLayout(config);
  if (flat.length !== total) {
    throw new CheckpointError(`the weights have ${flat.length} floats; the configuration needs ${total}.`, { file });
  }
  return new Map(
    specs.map(({ name, shape, offset, size }) => [
      name,
      { dtype: 'F32', shape, data: flat.subarray(offset, offset + size) },
    ]),
  );
}

async function readParameters(folder: string, config: DecoderConfig): Promise<Float32Array> {
  const path = join(folder, 'model.safetensors');
  if (!existsSync(path)) {
    if (!existsSync(`${path}.index.json`)) throw missingModelFile(folder, 'model.safetensors');
    const problem = 'weights split over several files are not supported. Save the model as one model.safetensors.';
    throw new CheckpointError(problem, { file: `${path}.index.json` });
  }
  const file = await SafetensorsFile.open(path);
  try {
    const { specs, total } = parameterLayout(config);
    checkTensors(file, specs, config);
    const parameters = new Float32Array(total);
    for (const { name, offset, size } of specs) await file.readFloats(name, parameters.subarray(offset, offset + size));
    return parameters;
  } finally {
    await file.close();
  }
}

/** Every tensor there with its shape, and none that the network would not use. */
function checkTensors(file: SafetensorsFile, specs: readonly ParameterSpec[], config: DecoderConfig): void {
  for (const { name: tensor, shape } of specs) {
    const found = file.tensors.get(tensor);
    if (found === undefined) {
      const problem = `it is missing; config.json asks for shape [${shape}]. The weights are not of this configuration.`;
      throw new CheckpointError(problem, { file: file.path, tensor });
    }
    if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) {
      const problem = `expected shape [${shape}] from config.json, found [${found.shape}].`;
      throw new CheckpointError(problem, { file: file.path, tensor });
    }
  }
  const known = new Set(specs.map((s) => s.name));
  for (const tensor of file.tensors.keys()) {
    // Copies that some versions of transformers save: a tied head, and the rotary frequencies.
    const copy = (config.tiedEmbeddings && tensor === 'lm_head.weight') || tensor.endsWith('.rotary_emb.inv_freq');
    if (!known.has(tensor) && !copy) {
      const problem =
        'the network of config.json has no such tensor, so the model would not be the one that was saved.';
      throw new CheckpointError(problem, { file: file.path, tensor });
    }
  }
}

async function readGenerationIds(folder: string): Promise<Partial<SpecialTokenIds>> {
  const text = await readOptionalModelFile(folder, 'generation_config.json');
  if (text === undefined) return {};
  const file = join(folder, 'generation_config.json');
  const { eos_token_id: eos } = parseJsonObject(text, file);
  if (eos == null) return {};
  const ids = [eos].flat();
  if (!ids.every((id): id is number => Number.isInteger(id) && (id as number) >= 0)) {
    throw new CheckpointError('`eos_token_id` must be a token id or a list of them.', { file, field: 'eos_token_id' });
  }
  return { eos: ids };
}
