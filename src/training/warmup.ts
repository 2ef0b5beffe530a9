import type { AgentKind } from '../agents/agent.ts';
import type { Suite, Task } from '../environments/environment.ts';
import { ADAMW_DEFAULTS } from '../nn/adamw.ts';
import { trainBpe } from '../nn/files/bpe-trainer.ts';
import type { DecoderConfig } from '../nn/files/model-config.ts';
import { Tokenizer } from '../nn/files/tokenizer.ts';
import { END_OF_TEXT } from '../nn/files/tokenizer-format.ts';
import { LocalPolicy, type LocalPolicyOptions } from '../policies/local.ts';
import type { Codec, Demonstration } from '../policies/policy.ts';
import { type DemonstratedTurn, demonstrate } from './demonstrations.ts';
import { type ImitateProgress, imitate } from './imitate.ts';
import { ShuffledCycle } from './schedule.ts';
import type { WarmupConfig } from './warmup-config.ts';

export interface WarmupParts {
  readonly config: WarmupConfig;
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly tasks: readonly Task[];
  readonly engine: LocalPolicyOptions;
  readonly signal?: AbortSignal;
  readonly onDemonstration?: (done: number, total: number) => void;
  readonly onModel?: (policy: LocalPolicy, facts: { readonly turns: number; readonly expertSuccess: number }) => void;
  readonly onUpdate?: (progress: ImitateProgress, policy: LocalPolicy) => void | Promise<void>;
}

export interface WarmupResult {
  readonly policy: LocalPolicy;
  readonly turns: number;
  /** Share of the demonstrations that reached the goal; the others are left out. */
  readonly expertSuccess: number;
}

/**
 * Plays the expert, trains a byte-level tokenizer on what the agent would have read and written, and imitates from fresh weights.
 */
export async function warmUp(parts: WarmupParts): Promise<WarmupResult> {
  const { config } = parts;
  const { turns, expertSuccess } = await demonstrations(parts);
  const tokenizer = new Tokenizer(
    trainBpe(
      turns.map((t) => t.prompt + t.response),
      { wholeWordsFrom: 1, maxLength: config.model.maxPositions },
    ),
    'the tokenizer just trained',
  );
  const end = tokenizer.idOf(END_OF_TEXT);
  const model = { config: decoderConfig(config, tokenizer.vocabSize), tokenizer, special: { eos: [end], pad: end } };
  const policy = await LocalPolicy.create(model, { seed: config.seed }, parts.engine);
  parts.onModel?.(policy, { turns: turns.length, expertSuccess });
  await imitate(
    policy,
    turns.map((t) => encode(t, policy.codec, config.promptWeight)),
    {
      batchSize: config.batchSize,
      updates: config.updates,
      ...(config.stopAfter === undefined ? {} : { stopAfter: config.stopAfter }),
      seed: config.seed,
      optimizer: {
        ...ADAMW_DEFAULTS,
        learningRate: config.learningRate,
        weightDecay: config.weightDecay,
        schedule: 'linear',
        finalShare: 0.1,
        warmup: Math.min(20, config.updates),
      },
      ...(parts.signal ? { signal: parts.signal } : {}),
      onUpdate: (progress) => parts.onUpdate?.(progress, policy),
    },
  );
  return { policy, turns: turns.length, expertSuccess };
}

async function demonstrations(parts: WarmupParts): Promise<{ turns: DemonstratedTurn[]; expertSuccess: number }> {
  const { config } = parts;
  const cycle = new ShuffledCycle(parts.tasks.length, config.seed, 'demonstrated tasks');
  const tasks = Array.from({ length: config.tasks }, (_, i) => parts.tasks[cycle.at(i)]);
  const turns: DemonstratedTurn[] = [];
  let done = 0;
  let won = 0;
  for await (const episode of demonstrate({
    ...parts,
    tasks,
    expert: config.expert,
    slips: config.slips,
    seed: config.seed,
  })) {
    parts.onDemonstration?.(++done, tasks.length);
    if (!episode.success) continue;
    won++;
    turns.push(...episode.turns);
  }
  return { turns, expertSuccess: won / tasks.length };
}

function decoderConfig({ model }: WarmupConfig, vocabulary: number): DecoderConfig {
  return {
    family: 'qwen2',
    hiddenSize: model.hiddenSize,
    layers: model.layers,
    heads: model.heads,
    kvHeads: model.kvHeads,
    headDim: model.hiddenSize / model.heads,
    ffnSize: model.ffnSize,
    // A multiple of 16 suits the matrix products; the rows beyond the tokenizer are never targets.
    vocabSize: Math.ceil(vocabulary / 16) * 16,
    ropeTheta: 10_000,
    rmsNormEps: 1e-6,
    tiedEmbeddings: true,
    qkvBias: true,
    outputBias: false,
    mlpBias: false,
    qkNorm: false,
    maxPositions: model.maxPositions,
  };
}

function encode(turn: DemonstratedTurn, codec: Codec, promptWeight: number): Demonstration {
  const response = codec.encode(turn.response);
  return {
    prompt: codec.encodePrompt(turn.prompt),
    response: Int32Array.of(...response, codec.stopIds[0]),
    responseWeight: 1,
    promptWeight,
  };
}
