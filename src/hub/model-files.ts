import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from './hub-error.ts';

/** A file of a model on the hub. */
export interface HubFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of a large file (64 digits), git's SHA-1 of a small one (40); also the name of its blob in the cache. */
  readonly etag: string;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const ADAPTER = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** Without these no model can be loaded. */
const REQUIRED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** Taken where they are. They go before what is required, so that a snapshot with all that is required has them. */
const OPTIONAL = [
  'generation_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
];

/** Larger ones are no texts of a model, bytes. */
const LARGEST_TEXT = 1e9;

/** Names of required files that a snapshot does not have. */
export async function missingFiles(folder: string): Promise<string[]> {
  const lacks = (names: readonly string[]): string[] => names.filter((name) => !existsSync(join(folder, name)));
  if (existsSync(join(folder, ADAPTER))) return lacks([ADAPTER_WEIGHTS]);
  const missing = lacks(REQUIRED);
  if (existsSync(join(folder, SINGLE))) return missing;
  const text = await readFile(join(folder, INDEX), 'utf8').catch(() => undefined);
  const shards = text === undefined ? undefined : shardsOf(text);
  return [...missing, ...(shards === undefined ? [SINGLE] : lacks(shards))];
}

/** The files that an index names; undefined where it is none, or names what is no file of its folder. */
export function shardsOf(index: string): string[] | undefined {
  let map: unknown;
  try {
    map = (JSON.parse(index) as { weight_map?: unknown } | null)?.weight_map;
  } catch {
    return undefined;
  }
  if (map === null || typeof map !== 'object') return undefined;
  const names = [...new Set(Object.values(map))].sort();
  return names.length > 0 && names.every((n) => typeof n === 'string' && isWeightFile(n)) ? names : undefined;
}

function isWeightFile(name: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,200}\.safetensors$/.test(name);
}

/**
 * Of all files of a repository those that are needed to load the model or adapter, in the order in which to fetch them: weights last.
 *
 * @param files of the repository's top folder
 * @param readText fetches a small file
 * @throws HubError when it is no model, has weights in other formats only, or lists impossible names or sizes
 */
export async function neededFiles(
  model: string,
  files: readonly HubFile[],
  readText: (file: HubFile) => Promise<string>,
): Promise<HubFile[]> {
  for (const file of files) checkFile(model, file);
  const byName = new Map(files.map((file) => [file.name, file]));
  const has = (name: string): boolean => byName.has(name);
  const need = (names: readonly string[]): HubFile[] => {
    const missing = names.filter((name) => !has(name));
    if (missing.length > 0) throw unsuitable(model, missing, files);
    return names.map((name) => byName.get(name)!);
  };
  const texts = [...OPTIONAL, ...REQUIRED].filter(has);
  let wanted: HubFile[];
  if (has(ADAPTER)) {
    wanted = need([...texts, ADAPTER, ADAPTER_WEIGHTS]);
  } else {
    need(REQUIRED);
    wanted = need([...texts, ...(has(INDEX) ? [INDEX] : [SINGLE])]);
  }
  for (const file of wanted) {
    if (!isWeightFile(file.name) && file.size > LARGEST_TEXT) throw impossible(model, file);
  }
  if (has(ADAPTER) || !has(INDEX)) return wanted;
  const shards = shardsOf(await readText(byName.get(INDEX)!));
  if (shards === undefined) {
    const problem = `its ${INDEX} does not name safetensors files of its folder. Download it by other means, or choose another model.`;
    throw new HubError('TURNWISE_HUB_ANSWER', model, problem);
  }
  return [...wanted, ...need(shards)];
}

/** Nothing that comes from outside may name a place outside the cache. */
function checkFile(model: string, file: HubFile): void {
  const { name, size, etag } = file;
  const steps = name.split(/[/\\]/);
  const escapes = steps.length > 1 || name === '' || name === '.' || name === '..' || name.includes('\0');
  const hash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag);
  if (escapes || !hash || !Number.isSafeInteger(size) || size < 0) throw impossible(model, file);
}

function impossible(model: string, { name, size, etag }: HubFile): HubError {
  const what = `name ${JSON.stringify(name)}, size ${size}, checksum ${JSON.stringify(etag)}`;
  const problem = `the hub lists a file that cannot be (${what}), so nothing was downloaded.`;
  return new HubError('TURNWISE_HUB_ANSWER', model, problem);
}

function unsuitable(model: string, missing: readonly string[], files: readonly HubFile[]): HubError {
  const others = files.map((f) => f.name).filter((name) => /\.(?:bin|pth?|gguf|onnx|h5|msgpack)$/.test(name));
  const lacks = `the repository has no ${missing.join(', ')}`;
  const problem =
    missing.includes(SINGLE) && others.length > 0
      ? `${lacks}, only weights in other formats (${others.slice(0, 3).join(', ')}). Choose one with safetensors, or convert it with transformers: AutoModelForCausalLM.from_pretrained(${JSON.stringify(model)}).save_pretrained(FOLDER), the tokenizer likewise, and give FOLDER.`
      : `${lacks}, which a model needs to be loaded here. Choose another one, or save it with transformers and give the folder.`;
  return new HubError('TURNWISE_HUB_UNSUITABLE', model, problem);
}
