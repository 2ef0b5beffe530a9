import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { AdamwOptions } from '../nn/adamw.ts';
import { describeWide, type KeptWide, type Opened, type WeightChoice } from '../nn/base-weights.ts';
import { ENGINE_DEFAULTS } from '../nn/engine.ts';
import { EngineGroup, type EngineGroupOptions } from '../nn/engine-group.ts';
import {
  ADAPTER_WEIGHTS,
  adapterTensors,
  formatAdapterConfig,
  isAdapterFolder,
  readAdapterWeights,
} from '../nn/files/adapter.ts';
import { replaceFolderAtomic } from '../nn/files/atomic.ts';
import { ChatTemplate } from '../nn/files/chat-template.ts';
import { type Model, readCheckpoint, readModel, writeCheckpoint } from '../nn/files/checkpoint.ts';
import { CheckpointError } from '../nn/files/checkpoint-error.ts';
import { encodeChat } from '../nn/files/encode-chat.ts';
import { parseJsonObject, readModelFile } from '../nn/files/model-file.ts';
import { parameterLayout } from '../nn/files/parameters.ts';
import { readAdapter } from '../nn/files/read-adapter.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../nn/files/safetensors.ts';
import { longestSequence } from '../nn/longest-sequence.ts';
import { type LoraConfig, trainedLayout } from '../nn/lora.ts';
import { checkMemory, estimateMemory, LARGE_MODEL, type MemoryEstimate } from '../nn/memory.ts';
import type { TrainingState } from '../nn/worker.ts';
import { evaluateObjective, OBJECTIVE_DEFAULTS, tokenWeights } from '../objectives/index.ts';
import {
  type Codec,
  type Completion,
  type Demonstration,
  type GenerateOptions,
  type GeneratingPolicy,
  type Metrics,
  NonFiniteUpdateError,
  type SampleRequest,
  type Sequence,
  type TrainablePolicy,
  type TrainingSequence,
  type UpdateOptions,
} from './policy.ts';

/** At most this many replicas by default: beyond it small models wait for each other more than they compute. */
const MOST_REPLICAS = 4;
const OPTIMIZER_FILE = 'optimizer.safetensors';
const OPTIMIZER_STEPS_FILE = 'optimizer.json';

/** Engine settings; by default small models have a replica per core, at most 4, and large ones one engine on all cores. */
export type LocalPolicyOptions = Partial<EngineGroupOptions>;

/** A model with the adapters that are trained on it; without them all its weights are trained. */
export interface LocalModel extends Model {
  readonly lora?: LoraConfig;
  /** How prompts become messages; absent where they are plain text. */
  readonly chat?: { readonly template: ChatTemplate; readonly variables: Readonly<Record<string, unknown>> };
}

export interface LoadOptions extends LocalPolicyOptions {
  /** Also the optimizer's state, which the folder must have then. */
  readonly resume?: boolean;
  /** Fresh adapters on the model, drawn with `seed`; ignored where the folder is an adapter, which has its own. */
  readonly lora?: LoraConfig;
  readonly seed?: number;
  /** The model under an adapter, where it is not where the adapter says. */
  readonly base?: string;
  readonly chat?: ChatPrompts;
}

/** How prompts are written for a chat model. */
export interface ChatPrompts {
  /** Default: prompts are messages of a user where the model's folder has a chat template, and plain text where it has none. */
  readonly enabled?: boolean;
  /** Variables of the template, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A decoder trained and sampled inside this process, on threads of its own. */
export class LocalPolicy implements TrainablePolicy, GeneratingPolicy {
  readonly kind = 'local';
  readonly codec: Codec;
  readonly model: LocalModel;
  readonly maxTokens: number;
  /** What it was reckoned to need. */
  readonly memory: MemoryEstimate;
  private readonly engine: EngineGroup;

  private readonly opened: Opened;
  /** Matrices in float32 where the others are in float16. */
  private wide: readonly KeptWide[] = [];

  private constructor(model: LocalModel, { engine, memory, opened }: Started) {
    this.model = model;
    this.engine = engine;
    this.memory = memory;
    this.opened = opened;
    this.maxTokens = longestSequence(model.config);
    this.codec = {
      encode: (text) => model.tokenizer.encode(text),
      encodePrompt: (text) => encodePrompt(model, text),
      decode: (ids) => model.tokenizer.decode(ids),
      stopIds: model.special.eos,
    };
  }

  /** Starts from given weights, or from fresh ones drawn with `seed`. */
  static async create(
    model: Model,
    start: { parameters: Float32Array } | { seed: number },
    options: LocalPolicyOptions = {},
  ): Promise<LocalPolicy> {
    const started = await startEngine(model, options);
    if ('parameters' in start) await started.engine.setParameters(start.parameters);
    else await started.engine.initialize(start.seed);
    return new LocalPolicy(model, started);
  }

  /**
   * Loads a Hugging Face folder, or a PEFT adapter with the model it belongs to; with the optimizer's state where `resume` is set.
   *
   * @throws CheckpointError, or MemoryError when the model cannot fit
   */
  static async load(folder: string, options: LoadOptions = {}): Promise<LocalPolicy> {
    const { resume, lora: fresh, seed = 1, base, chat: prompts = {}, ...engineOptions } = options;
    const adapter = isAdapterFolder(folder) ? await readAdapter(folder, base) : undefined;
    const modelFolder = adapter?.folder ?? folder;
    const lora = adapter?.lora ?? fresh;
    const chat = await chatPrompts(modelFolder, prompts);
    const model: LocalModel = {
      ...(adapter?.model ?? (await readModel(folder))),
      ...(lora && { lora }),
      ...(chat && { chat }),
    };
    if (model.special.eos.length === 0) {
      throw new CheckpointError('it names no `eos_token_id`, so a completion could never end.', {
        file: join(modelFolder, 'config.json'),
      });
    }
    const policy = new LocalPolicy(model, await startEngine(model, engineOptions));
    try {
      policy.wide = await policy.engine.loadWeights(modelFolder);
      if (adapter) await policy.engine.setParameters(adapter.parameters);
      else if (lora) await policy.engine.initialize(seed);
      if (resume) await policy.engine.setState(await readTrainingState(folder, model, adapter?.parameters));
      return policy;
    } catch (error) {
      await policy.close();
      throw error;
    }
  }

  /** Makes the weights of another folder of the same shape the reference policy. */
  async loadReference(folder: string): Promise<void> {
    const { lora, config } = this.model;
    const parameters = lora
      ? await readAdapterWeights(folder, config, lora)
      : ((await readMaster(folder, this.model)) ?? (await readCheckpoint(folder)).parameters);
    await this.engine.freezeReference(parameters);
  }

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    const sampled = await this.engine.sample(requests);
    return sampled.map((s) => ({ ids: s.ids, logprobs: s.logprobs, finish: s.stopped ? 'stop' : 'length' }));
  }

  async generate(
    request: SampleRequest & { readonly topLogprobs?: number },
    { onToken, signal }: GenerateOptions = {},
  ): Promise<Completion & { readonly aborted: boolean }> {
    const { ids, logprobs, stopped } = await this.engine.generate(request, onToken, signal);
    const aborted = !stopped && ids.length < request.maxTokens;
    return { ids, logprobs, finish: stopped ? 'stop' : 'length', aborted };
  }

  async logprobs(
    sequences: readonly Sequence[],
    temperature: number,
    weights: 'current' | 'reference' = 'current',
  ): Promise<Float32Array[]> {
    const scores = await this.engine.score(sequences.map(tokensOf), temperature, weights);
    return scores.map((s) => s.logprobs);
  }

  async update(
    batch: readonly TrainingSequence[],
    { objective, temperature, optimizer }: UpdateOptions,
  ): Promise<Metrics> {
    const weights = tokenWeights(
      batch.map((s) => s.response.length),
      objective.aggregation,
      objective.horizon,
    );
    const examples = batch.map((s, i) => ({
      ...tokensOf(s),
      advantage: s.advantage,
      weights: new Float32Array(s.response.length).fill(weights[i]),
      oldLogprobs: s.oldLogprobs,
      ...(s.refLogprobs ? { refLogprobs: s.refLogprobs } : {}),
    }));
    // Without KL and entropy a sequence of advantage 0 has no gradient: it counts in the weights and needs no computing.
    const needed =
      objective.klCoefficient === 0 && objective.entropyCoefficient === 0
        ? examples.filter((e) => e.advantage !== 0)
        : examples;
    if (needed.length === 0) return { 'actor/skipped_sequences': batch.length };
    const { loss, gradNorm, scores } = await this.engine.update(needed, objective, temperature, optimizer);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw nonFinite(loss, gradNorm);
    const evaluated = evaluateObjective(
      needed.map((e, i) => ({
        logprobs: scores[i].logprobs,
        entropies: scores[i].entropies,
        oldLogprobs: e.oldLogprobs,
        ...(e.refLogprobs ? { refLogprobs: e.refLogprobs } : {}),
        advantage: e.advantage,
      })),
      objective,
    );
    let gap = 0;
    needed.forEach((e, i) => {
      e.oldLogprobs.forEach((old, t) => {
        gap = Math.max(gap, Math.abs(old - scores[i].logprobs[t]));
      });
    });
    return {
      ...evaluated.metrics,
      // Where sequences were left out, the loss is the surrogate alone, and its weights count all of them.
      ...(needed.length < batch.length ? { 'actor/pg_loss': loss } : {}),
      'actor/loss': loss,
      'actor/grad_norm': gradNorm,
      'actor/logprob_gap_max': gap,
      'actor/skipped_sequences': batch.length - needed.length,
    };
  }

  async imitate(batch: readonly Demonstration[], optimizer: AdamwOptions): Promise<Metrics> {
    const total = batch.reduce(
      (sum, d) => sum + d.response.length * d.responseWeight + (d.prompt.length - 1) * d.promptWeight,
      0,
    );
    const examples = batch.map((d) => {
      if (d.promptWeight === 0) {
        return {
          ...tokensOf(d),
          advantage: 1,
          weights: new Float32Array(d.response.length).fill(d.responseWeight / total),
        };
      }
      // Every token after the first is a target; the graph does not care where the prompt ended.
      const ids = Int32Array.of(...d.prompt, ...d.response);
      const weights = new Float32Array(ids.length - 1).fill(d.promptWeight / total);
      weights.fill(d.responseWeight / total, d.prompt.length - 1);
      return { prompt: ids.subarray(0, 1), response: ids.subarray(1), advantage: 1, weights };
    });
    const { loss, gradNorm } = await this.engine.update(
      examples,
      { ...OBJECTIVE_DEFAULTS, loss: 'imitation' },
      1,
      optimizer,
    );
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw nonFinite(loss, gradNorm);
    return { 'imitation/loss': loss, 'imitation/grad_norm': gradNorm };
  }

  freezeReference(): Promise<void> {
    return this.engine.freezeReference();
  }

  /**
   * Writes a Hugging Face folder, or a PEFT adapter where adapters are trained, with the optimizer's moments beside the weights, all or nothing.
   *
   * @param extra further text files by name
   */
  async save(folder: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const state = await this.engine.state();
    await this.write(folder, state.parameters, extra, async (temp) => {
      await writeSafetensors(join(temp, OPTIMIZER_FILE), optimizerTensors(this.model, state));
      await writeFile(join(temp, OPTIMIZER_STEPS_FILE), `${JSON.stringify({ steps: state.steps })}\n`);
    });
  }

  /** Writes the model, or the adapter, alone, without what only further training needs. */
  async export(folder: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const { parameters } = await this.engine.state();
    await this.write(folder, parameters, extra);
  }

  private async write(
    folder: string,
    parameters: Float32Array,
    extra: Readonly<Record<string, string>>,
    addFiles?: (temp: string) => Promise<void>,
  ): Promise<void> {
    const { config, lora, tokenizer, origin } = this.model;
    const add = async (temp: string): Promise<void> => {
      await addFiles?.(temp);
      for (const [name, text] of Object.entries(extra)) await writeFile(join(temp, name), text);
    };
    if (!lora) return writeCheckpoint(folder, { ...this.model, parameters }, add);
    await replaceFolderAtomic(folder, async (temp) => {
      const base = resolve(origin?.folder ?? '');
      await writeFile(join(temp, 'adapter_config.json'), formatAdapterConfig({ lora, base }));
      await writeFile(join(temp, 'tokenizer.json'), tokenizer.files.json);
      await writeFile(join(temp, 'tokenizer_config.json'), tokenizer.files.config);
      await writeSafetensors(join(temp, ADAPTER_WEIGHTS), adapterTensors(config, lora, parameters));
      await add(temp);
    });
  }

  /** One line for a person: architecture, size, where it is computed and how frozen weights are kept. */
  describe(): string {
    const { config, lora } = this.model;
    const millions = (specs: readonly { readonly size: number }[]): string =>
      (specs.reduce((sum, p) => sum + p.size, 0) / 1e6).toFixed(2);
    const family = { qwen2: 'Qwen2', qwen3: 'Qwen3', llama: 'Llama' }[config.family];
    const adapters = lora?.targets.length
      ? `, adapters of rank ${lora.rank} with ${millions(trainedLayout(this.model).specs)} M parameters`
      : '';
    const { replicas } = this.engine;
    const { device, weights } = this.opened;
    const held = [
      ...(device === 'cpu' ? [] : ['on WebGPU']),
      ...(weights === 'float32' ? [] : ['frozen matrices in float16']),
      ...(this.wide.length > 0 ? [describeWide(this.wide)] : []),
    ].map((what) => `, ${what}`);
    return `${family} decoder, ${millions(parameterLayout(config).specs)} M parameters (${config.layers} layers of ${config.hiddenSize}, vocabulary ${config.vocabSize})${adapters}, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}${held.join('')}`;
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

/** Only what the engine needs crosses to its threads. */
function tokensOf(s: Sequence): { prompt: Int32Array; response: Int32Array } {
  return { prompt: s.prompt, response: s.response };
}

function nonFinite(loss: number, gradNorm: number): NonFiniteUpdateError {
  return new NonFiniteUpdateError(
    `the update broke down: loss ${loss}, gradient norm ${gradNorm}. The weights were not changed; lower optimizer.learningRate or objective.clipHigh and resume from the last checkpoint.`,
  );
}

async function chatPrompts(folder: string, { enabled, variables = {} }: ChatPrompts): Promise<LocalModel['chat']> {
  const template = enabled === false ? undefined : await ChatTemplate.read(folder);
  if (template !== undefined) return { template, variables };
  if (enabled !== true) return undefined;
  throw new CheckpointError('the model has no chat template, so prompts cannot be written with one.', {
    file: join(folder, 'tokenizer_config.json'),
    field: 'chat_template',
  });
}

/** What an environment says is text: a special token in it cannot end the message. */
function encodePrompt({ tokenizer, chat }: LocalModel, text: string): Int32Array {
  if (!chat) return tokenizer.encode(text);
  const { template, variables } = chat;
  const options = { addGenerationPrompt: true, escapeSpecialTokens: true, variables };
  return encodeChat(tokenizer, template, [{ role: 'user', content: text }], options);
}

interface Started {
  readonly engine: EngineGroup;
  readonly memory: MemoryEstimate;
  readonly opened: Opened;
}

/** Above LARGE_MODEL parameters one engine on all cores is faster than one a core, and holds the weights once. */
async function startEngine({ config, lora, special }: LocalModel, options: LocalPolicyOptions): Promise<Started> {
  const cores = availableParallelism();
  const large = parameterLayout(config).total > LARGE_MODEL;
  const onProcessor = (options.device ?? ENGINE_DEFAULTS.device) === 'cpu';
  const single = large || !onProcessor;
  const replicas = options.replicas ?? (single ? 1 : Math.min(MOST_REPLICAS, cores));
  const threads = options.threads ?? (single && options.replicas === undefined ? cores : 1);
  // Only what the engine needs crosses to its threads.
  const network = { config, ...(lora && { lora }) };
  const checked = (weights: WeightChoice): MemoryEstimate => {
    const memory = estimateMemory(network, { ...ENGINE_DEFAULTS, ...options, weights }, replicas);
    checkMemory(network, memory, totalmem());
    return memory;
  };
  const { weights = ENGINE_DEFAULTS.weights } = options;
  // What cannot fit whatever the device says is refused before anything is started.
  checked(weights === 'auto' && !onProcessor ? 'float16' : weights);
  const engine = EngineGroup.start(network, special.eos, { ...options, threads, replicas });
  try {
    const opened = await engine.open();
    return { engine, opened, memory: checked(opened.weights) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Whether the weights lose digits when they go back into the types of their files. */
function isRounded({ lora, origin }: LocalModel): boolean {
  return !lora && origin !== undefined && [...origin.storage.tensors.values()].some((t) => t.dtype !== 'F32');
}

/** The tensors of a flat array of what is trained, each under its name after a prefix; views, not copies. */
function named(model: LocalModel, flat: Float32Array, prefix: string): [string, Tensor][] {
  return trainedLayout(model).specs.map(({ name, shape, offset, size }) => [
    `${prefix}${name}`,
    { dtype: 'F32', shape, data: flat.subarray(offset, offset + size) },
  ]);
}

/** The moments, and the weights themselves where the model's own files round them. */
function optimizerTensors(model: LocalModel, state: TrainingState): Map<string, Tensor> {
  return new Map([
    ...named(model, state.m, 'm.'),
    ...named(model, state.v, 'v.'),
    ...(isRounded(model) ? named(model, state.parameters, 'p.') : []),
  ]);
}

function flattened(
  model: LocalModel,
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
  file: string,
): Float32Array {
  const { specs, total } = trainedLayout(model);
  const array = new Float32Array(total);
  for (const p of specs) {
    const tensor = tensors.get(`${prefix}${p.name}`);
    if (!tensor || tensor.data.length !== p.size) {
      throw new CheckpointError(
        `the optimizer state has no ${prefix}${p.name} of ${p.size} elements; it is of another model.`,
        { file },
      );
    }
    array.set(tensor.data as Float32Array, p.offset);
  }
  return array;
}

/** The unrounded weights of a checkpoint, where it has them. */
async function readMaster(folder: string, model: LocalModel): Promise<Float32Array | undefined> {
  const file = join(folder, OPTIMIZER_FILE);
  if (!isRounded(model) || !existsSync(file)) return undefined;
  return flattened(model, await readSafetensors(file), 'p.', file);
}

async function readTrainingState(
  folder: string,
  model: LocalModel,
  adapters: Float32Array | undefined,
): Promise<TrainingState> {
  const file = join(folder, OPTIMIZER_FILE);
  const tensors = await readSafetensors(file);
  const stepsFile = join(folder, OPTIMIZER_STEPS_FILE);
  const { steps } = parseJsonObject(await readModelFile(folder, OPTIMIZER_STEPS_FILE), stepsFile);
  if (!Number.isInteger(steps) || (steps as number) < 0) {
    throw new CheckpointError('`steps` must be the number of optimizer steps done.', {
      file: stepsFile,
      field: 'steps',
    });
  }
  const moment = (prefix: 'm.' | 'v.'): Float32Array => flattened(model, tensors, prefix, file);
  const parameters =
    adapters ?? (isRounded(model) ? flattened(model, tensors, 'p.', file) : (await readCheckpoint(folder)).parameters);
  return { parameters, m: moment('m.'), v: moment('v.'), steps: steps as number };
}
