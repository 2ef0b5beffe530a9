import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AdamwOptions } from '../nn/adamw.ts';
import { EngineGroup, type EngineGroupOptions } from '../nn/engine-group.ts';
import { type Checkpoint, namedTensors, readCheckpoint, writeCheckpoint } from '../nn/files/checkpoint.ts';
import { CheckpointError } from '../nn/files/checkpoint-error.ts';
import { parseJsonObject, readModelFile } from '../nn/files/model-file.ts';
import { parameterLayout } from '../nn/files/parameters.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../nn/files/safetensors.ts';
import type { TrainingState } from '../nn/worker.ts';
import { evaluateObjective, OBJECTIVE_DEFAULTS, tokenWeights } from '../objectives/index.ts';
import {
  type Codec,
  type Completion,
  type Demonstration,
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

/** Engine settings; replicas default to one per core, at most 4. */
export type LocalPolicyOptions = Partial<EngineGroupOptions>;

/** A decoder trained and sampled inside this process, on threads of its own. */
export class LocalPolicy implements TrainablePolicy {
  readonly kind = 'local';
  readonly codec: Codec;
  readonly model: Omit<Checkpoint, 'parameters'>;
  private readonly engine: EngineGroup;

  private constructor(model: Omit<Checkpoint, 'parameters'>, engine: EngineGroup) {
    this.model = model;
    this.engine = engine;
    this.codec = {
      encode: (text) => model.tokenizer.encode(text),
      decode: (ids) => model.tokenizer.decode(ids),
      stopIds: model.special.eos,
    };
  }

  /** Starts from given weights, or from fresh ones drawn with `seed`. */
  static async create(
    model: Omit<Checkpoint, 'parameters'>,
    start: { parameters: Float32Array } | { seed: number },
    options: LocalPolicyOptions = {},
  ): Promise<LocalPolicy> {
    const replicas = options.replicas ?? Math.min(MOST_REPLICAS, availableParallelism());
    const engine = EngineGroup.start(model.config, model.special.eos, { threads: 1, ...options, replicas });
    if ('parameters' in start) await engine.setParameters(start.parameters);
    else await engine.initialize(start.seed);
    return new LocalPolicy(model, engine);
  }

  /**
   * Loads a Hugging Face folder; with the optimizer's state where the folder has it and `resume` is set.
   *
   * @throws CheckpointError
   */
  static async load(
    folder: string,
    options: LocalPolicyOptions & { readonly resume?: boolean } = {},
  ): Promise<LocalPolicy> {
    const { resume, ...engine } = options;
    const { parameters, ...model } = await readCheckpoint(folder);
    if (model.special.eos.length === 0) {
      throw new CheckpointError('it names no `eos_token_id`, so a completion could never end.', {
        file: join(folder, 'config.json'),
      });
    }
    const policy = await LocalPolicy.create(model, { parameters }, engine);
    if (resume) await policy.engine.setState(await readTrainingState(folder, model, parameters));
    return policy;
  }

  /** Makes the weights of another folder of the same shape the reference policy. */
  async loadReference(folder: string): Promise<void> {
    const { parameters } = await readCheckpoint(folder);
    await this.engine.freezeReference(parameters);
  }

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    const sampled = await this.engine.sample(requests);
    return sampled.map((s) => ({ ids: s.ids, logprobs: s.logprobs, finish: s.stopped ? 'stop' : 'length' }));
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
   * Writes a Hugging Face folder with the optimizer's moments beside the weights, all or nothing.
   *
   * @param extra further text files by name
   */
  async save(folder: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const state = await this.engine.state();
    await writeCheckpoint(folder, { ...this.model, parameters: state.parameters }, async (temp) => {
      await writeSafetensors(join(temp, OPTIMIZER_FILE), momentTensors(this.model, state, folder));
      await writeFile(join(temp, OPTIMIZER_STEPS_FILE), `${JSON.stringify({ steps: state.steps })}\n`);
      for (const [name, text] of Object.entries(extra)) await writeFile(join(temp, name), text);
    });
  }

  /** Writes the model alone, without what only further training needs. */
  async export(folder: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const { parameters } = await this.engine.state();
    await writeCheckpoint(folder, { ...this.model, parameters }, async (temp) => {
      for (const [name, text] of Object.entries(extra)) await writeFile(join(temp, name), text);
    });
  }

  /** One line for a person: architecture and size. */
  describe(): string {
    const { config } = this.model;
    const millions = parameterLayout(config).specs.reduce((sum, p) => sum + p.size, 0) / 1e6;
    return `Qwen2 decoder, ${millions.toFixed(2)} M parameters (${config.layers} layers of ${config.hiddenSize}, vocabulary ${config.vocabSize}), ${this.engine.replicas} replicas`;
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

function momentTensors(
  model: Omit<Checkpoint, 'parameters'>,
  state: TrainingState,
  folder: string,
): Map<string, Tensor> {
  const moments = (['m', 'v'] as const).flatMap((moment) =>
    [...namedTensors(model.config, state[moment], folder)].map(
      ([name, tensor]) => [`${moment}.${name}`, tensor] as const,
    ),
  );
  return new Map(moments);
}

async function readTrainingState(
  folder: string,
  model: Omit<Checkpoint, 'parameters'>,
  parameters: Float32Array,
): Promise<TrainingState> {
  const file = join(folder, OPTIMIZER_FILE);
  const tensors = await readSafetensors(file);
  const { specs, total } = parameterLayout(model.config);
  const flat = (moment: 'm' | 'v'): Float32Array => {
    const array = new Float32Array(total);
    for (const p of specs) {
      const tensor = tensors.get(`${moment}.${p.name}`);
      if (!tensor || tensor.data.length !== p.size) {
        throw new CheckpointError(
          `the optimizer state has no ${moment}.${p.name} of ${p.size} elements; it is of another model.`,
          { file },
        );
      }
      array.set(tensor.data as Float32Array, p.offset);
    }
    return array;
  };
  const stepsFile = join(folder, OPTIMIZER_STEPS_FILE);
  const { steps } = parseJsonObject(await readModelFile(folder, OPTIMIZER_STEPS_FILE), stepsFile);
  if (!Number.isInteger(steps) || (steps as number) < 0) {
    throw new CheckpointError('`steps` must be the number of optimizer steps done.', {
      file: stepsFile,
      field: 'steps',
    });
  }
  return { parameters, m: flat('m'), v: flat('v'), steps: steps as number };
}
