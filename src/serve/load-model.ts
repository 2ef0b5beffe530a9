import { basename, dirname, join, resolve } from 'node:path';
import { ChatTemplate } from '../nn/files/chat-template.ts';
import { CheckpointError } from '../nn/files/checkpoint-error.ts';
import { parseJsonObject, readOptionalModelFile } from '../nn/files/model-file.ts';
import type { Tokenizer } from '../nn/files/tokenizer.ts';
import { longestSequence } from '../nn/longest-sequence.ts';
import { NOTHING_TRAINED } from '../nn/lora.ts';
import { LocalPolicy, type LocalPolicyOptions } from '../policies/local.ts';
import { ServeError } from './serve-error.ts';
import type { ServedModel } from './served-model.ts';
import { TemplateFormat } from './template-format.ts';

export interface LoadModelOptions {
  /** What clients call it; default: the folder's name. */
  readonly name?: string;
  /** A chat template, a Jinja file, instead of the model's own. */
  readonly template?: string;
  /** Special tokens written out in a message become those tokens; otherwise they are plain text. */
  readonly trustSpecialTokens?: boolean;
  /** The sampling settings of generation_config.json are the defaults. */
  readonly generationConfig?: boolean;
  readonly engine?: LocalPolicyOptions;
  /** The model under an adapter, where it is not where the adapter says. */
  readonly base?: string;
}

export interface LoadedModel {
  readonly model: ServedModel;
  /** One line for a person: architecture and size. */
  readonly description: string;
  /** What a person should know of it, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Loads a model folder, or an adapter with the model it belongs to, to be served.
 *
 * @throws CheckpointError
 */
export async function loadModel(folder: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  const notes: string[] = [];
  const policy = await LocalPolicy.load(folder, {
    ...options.engine,
    ...(options.base !== undefined && { base: options.base }),
    lora: NOTHING_TRAINED,
    // Messages are encoded here; a prompt is a prompt.
    chat: { enabled: false },
  });
  try {
    const { config, tokenizer, origin } = policy.model;
    const modelFolder = origin?.folder ?? folder;
    const template = await readTemplate([folder, modelFolder], tokenizer, options.template);
    const model: ServedModel = {
      name: options.name ?? basename(resolve(folder)),
      policy,
      positions: longestSequence(config),
      vocabSize: config.vocabSize,
      special: new Set(tokenizer.addedTokens.filter((t) => t.special).map((t) => t.id)),
      ...(template && { chat: new TemplateFormat(tokenizer, template, options) }),
      defaults: options.generationConfig ? await readGenerationDefaults(modelFolder, notes) : NEUTRAL,
    };
    return { model, description: policy.describe(), notes };
  } catch (error) {
    await policy.close();
    throw error;
  }
}

/** The template of a file, or of the first folder that has one. */
async function readTemplate(
  folders: readonly string[],
  tokenizer: Tokenizer,
  file: string | undefined,
): Promise<ChatTemplate | undefined> {
  if (file === undefined) {
    for (const folder of folders) {
      const template = await ChatTemplate.read(folder);
      if (template) return template;
    }
    return undefined;
  }
  const chatTemplate = await readOptionalModelFile(dirname(file), basename(file));
  if (chatTemplate === undefined)
    throw new ServeError(`${file}: there is no such file. --template takes a Jinja file.`);
  try {
    return new ChatTemplate({ config: tokenizer.files.config, chatTemplate }, dirname(file));
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new ServeError(`${file}: ${error.message.slice(`${error.file}: `.length)}`, { cause: error });
  }
}

const NEUTRAL = { temperature: 1, topP: 1 };

/** Settings that would change what is sampled, with the values that do not. */
const NOT_APPLIED: Readonly<Record<string, unknown>> = { top_k: 0, min_p: 0, repetition_penalty: 1 };

async function readGenerationDefaults(folder: string, notes: string[]): Promise<ServedModel['defaults']> {
  const text = await readOptionalModelFile(folder, 'generation_config.json');
  const file = join(folder, 'generation_config.json');
  if (text === undefined) throw new CheckpointError('there is no such file. Leave out --generation-config.', { file });
  const given = parseJsonObject(text, file);
  const number = (field: string, most: number, otherwise: number): number => {
    const value = given[field] ?? otherwise;
    if (typeof value === 'number' && value >= 0 && value <= most) return value;
    throw new CheckpointError(`\`${field}\` must be a number from 0 to ${most}.`, { file, field });
  };
  const skipped = Object.keys(NOT_APPLIED).filter((key) => given[key] != null && given[key] !== NOT_APPLIED[key]);
  if (skipped.length > 0) notes.push(`${file}: ${skipped.join(', ')} is not supported and not applied.`);
  const temperature = given['do_sample'] === false ? 0 : number('temperature', 2, 1);
  return { temperature, topP: number('top_p', 1, 1) };
}
