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
import { parseJsonObject, readModelFile, readOptionalModelFile } from './model-file.ts';
import { ModelWeights, type WeightStorage } from './model-weights.ts';
import { parameterLayout } from './parameters.ts';
import { type Tensor, writeSafetensors } from './safetensors.ts';
import { readTokenizer, type Tokenizer } from './tokenizer.ts';

/** A model as a Hugging Face folder holds it. */
export interface Checkpoint {
  readonly config: DecoderConfig;
  /** All weights, laid out by parameterLayout(config); the gaps between tensors are 0. */
  readonly parameters: Float32Array;
  readonly tokenizer: Tokenizer;
  readonly special: SpecialTokenIds;
  /** How the folder looked that it comes from; absent for a model of our own making. */
  readonly origin?: CheckpointOrigin;
}

/** A model without its weights. */
export type Model = Omit<Checkpoint, 'parameters'>;

/** What is needed to write a model back as it was: its own config.json, its other files, its shards and their types. */
export interface CheckpointOrigin {
  readonly folder: string;
  readonly storage: WeightStorage;
  /** Texts of further files by name, config.json among them. */
  readonly files: ReadonlyMap<string, string>;
}

/** Files that belong to a model besides weights and tokenizer. */
const FURTHER_FILES = [
  'config.json',
  'generation_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
] as const;

/**
 * Reads a model folder but for its weights, whose headers are checked: config.json, tokenizer.json, tokenizer_config.json and, where present,
 * generation_config.json, whose ids that end a text go before those of config.json. Nothing else of that file is used: its sampling
 * settings would make the policy that samples another one than the policy that is trained.
 *
 * @throws CheckpointError or SafetensorsError naming the file, and the tensor with the shape expected and found
 */
export async function readModel(folder: string): Promise<Model> {
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
  const weights = await ModelWeights.open(folder, config);
  await weights.close();
  const files = new Map<string, string>();
  for (const name of FURTHER_FILES) {
    const text = await readOptionalModelFile(folder, name);
    if (text !== undefined) files.set(name, text);
  }
  const origin = { folder, storage: weights.storage, files };
  return { config, tokenizer, special: { ...special, ...generation }, origin };
}

/**
 * Reads a model folder with its weights.
 *
 * @throws as readModel
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const model = await readModel(folder);
  const weights = await ModelWeights.open(folder, model.config);
  try {
    const parameters = new Float32Array(parameterLayout(model.config).total);
    await weights.readAll(model.config, parameters);
    return { ...model, parameters };
  } finally {
    await weights.close();
  }
}

/**
 * Writes a model folder, all or nothing: a crash at any moment leaves what was there before, or the new one. A model that came from a folder
 * goes back into files of the same names, and its weights into the same types.
 *
 * @param addFiles writes further files (optimizer state, …) into the folder it is given, before the folder takes its place
 * @throws CheckpointError when weights and configuration do not fit; DiskError when the disk is full or writing is forbidden
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  addFiles?: (temp: string) => Promise<void>,
): Promise<void> {
  const { config, parameters, tokenizer, special, origin } = checkpoint;
  const tensors = namedTensors(config, parameters, folder);
  const generation = { ...formatSpecialTokenIds(special), do_sample: true };
  const texts = new Map([
    ['config.json', formatModelConfig({ decoder: config, special })],
    ['generation_config.json', `${JSON.stringify(generation, undefined, 2)}\n`],
    ...(origin?.files ?? []),
    ['tokenizer.json', tokenizer.files.json],
    ['tokenizer_config.json', tokenizer.files.config],
  ]);
  await replaceFolderAtomic(folder, async (temp) => {
    for (const [name, text] of texts) await writeFileAtomic(join(temp, name), text);
    await writeWeights(temp, tensors, origin?.storage);
    await addFiles?.(temp);
  });
}

async function writeWeights(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  storage: WeightStorage | undefined,
): Promise<void> {
  const single = 'model.safetensors';
  const dtypes = new Map([...(storage?.tensors ?? [])].map(([name, t]) => [name, t.dtype]));
  const files = new Map<string, Map<string, Tensor>>();
  for (const [name, tensor] of tensors) {
    const file = storage?.tensors.get(name)?.file ?? single;
    files.set(file, (files.get(file) ?? new Map()).set(name, tensor));
  }
  for (const [file, part] of files) await writeSafetensors(join(folder, file), part, undefined, dtypes);
  if (files.size === 1 && files.has(single)) return;
  const bytes = [...tensors].reduce((sum, [name, t]) => sum + t.data.length * (dtypes.get(name) === 'F32' ? 4 : 2), 0);
  const weightMap = Object.fromEntries(
    [...files].flatMap(([file, part]) => [...part.keys()].map((name) => [name, file])),
  );
  const index = { metadata: { total_size: bytes }, weight_map: weightMap };
  await writeFileAtomic(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, undefined, 2)}\n`);
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
