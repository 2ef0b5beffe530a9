import { z } from 'zod';
import { LORA_DEFAULTS, LORA_TARGETS } from '../nn/lora.ts';
import { warmupSchema } from './warmup-config.ts';

/**
 * The configuration of a training run: one object, every field with a default, a unit and a sentence.
 */

const positive = z.number().int().positive();

const environment = z.strictObject({
  name: z.string().default('household').describe('Environment; `turnwise environments` lists them.'),
  data: z.string().optional().describe('Path of the official data where the environment needs it (zip or folder).'),
  options: z.record(z.string(), z.unknown()).default({}).describe("The environment's own options, e.g. difficulty."),
  trainSplit: z.string().optional().describe("Split to train on; default: the environment's own."),
  evaluateSplit: z.string().optional().describe("Held-out split; default: the environment's own."),
  maxSteps: positive.optional().describe("Turns after which an episode is truncated; default: the environment's own."),
});

const agent = z.strictObject({
  name: z.string().default('memory').describe('How prompts are written and completions read.'),
  options: z.record(z.string(), z.unknown()).default({}).describe("The agent's own options, e.g. history."),
});

const engine = z.strictObject({
  device: z
    .enum(['cpu', 'webgpu', 'auto'])
    .default('cpu')
    .describe('What computes: the processor, a graphics processor through WebGPU, or one where there is one.'),
  weights: z
    .enum(['auto', 'float32', 'float16'])
    .default('auto')
    .describe(
      'How weights under adapters are kept; auto: in float16, half the memory, on a graphics processor that computes with it.',
    ),
  replicas: positive
    .optional()
    .describe(
      'Engines that share every batch, one thread each; default: one per core, at most 4, and a single one for models above 20 M parameters.',
    ),
  threads: positive.optional().describe('Threads inside each replica; default: 1, or all cores for a single engine.'),
  tokensPerRun: positive
    .default(1024)
    .describe('Padded tokens in one training or scoring run; fewer where memory is short.'),
  promptTokensPerRun: positive.default(4096).describe('Padded prompt tokens in one sampling run; bounds memory.'),
  slots: positive
    .optional()
    .describe('Sequences sampled at once by a replica; default: 64, or as many of 1,024 tokens as 1 GiB holds.'),
  prefixBytes: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe(
      'Memory for keys and values of prompts seen before; default: 512 MiB for models above 20 M parameters, else none.',
    ),
  activationBytes: positive
    .optional()
    .describe("Memory for what a training run keeps for the way back; default: an eighth of the machine's."),
});

const lora = z.strictObject({
  enabled: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe('Train low-rank adapters instead of all weights; auto: for models above 100 M parameters.'),
  rank: positive.default(LORA_DEFAULTS.rank).describe('Rank of the adapters.'),
  alpha: z.number().positive().default(LORA_DEFAULTS.alpha).describe('Adapters are scaled by alpha / rank.'),
  rankStabilized: z
    .boolean()
    .default(LORA_DEFAULTS.rankStabilized)
    .describe('Scale by alpha / √rank instead (rsLoRA).'),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(LORA_DEFAULTS.dropout)
    .describe("Share of the adapters' inputs left out while training. Above 0, sampler and trainer differ."),
  targets: z
    .array(z.enum(LORA_TARGETS))
    .nonempty()
    .default([...LORA_TARGETS])
    .describe('Projections that get an adapter.'),
});

const chat = z.strictObject({
  enabled: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe("Write prompts as a user's message by the model's chat template; auto: where it has one."),
  variables: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Variables of the template, for example enable_thinking=false.'),
});

const rollout = z.strictObject({
  tasks: positive.default(16).describe('Tasks per iteration.'),
  groupSize: positive.default(8).describe('Episodes per task: the group that credit is assigned within.'),
  inFlight: positive.default(256).describe('Episodes played at the same time.'),
  maxTokens: positive.default(12).describe('Response tokens per turn, stop token included.'),
  temperature: z.number().positive().default(1).describe('Sampling temperature of training episodes.'),
  overflow: z
    .enum(['refuse', 'truncate'])
    .default('refuse')
    .describe(
      'A prompt that leaves no room for its response ends the run (refuse), or loses its beginning (truncate; counted in rollout/truncated_prompts).',
    ),
});

const credit = z.strictObject({
  algorithm: z.string().default('gagpo').describe('Who gets the credit; `turnwise algorithms` lists them.'),
  options: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .default({})
    .describe("The algorithm's own options: gamma, lambda, normalization, …"),
});

export const objectiveSchema = z.strictObject({
  loss: z.enum(['clip', 'cispo']).default('clip').describe('Clipped surrogate (PPO) or CISPO.'),
  ratio: z
    .enum(['action', 'token'])
    .default('action')
    .describe('One importance ratio per action (GAGPO) or per token.'),
  clipLow: z.number().nonnegative().default(0.2).describe('ε below 1: ratios under 1 − clipLow earn nothing more.'),
  clipHigh: z.number().nonnegative().default(0.2).describe('ε above 1.'),
  dualClip: z.number().nonnegative().default(3).describe('Bound c on the loss of negative advantages; 0 is off.'),
  cispoLow: z.number().nonnegative().default(1).describe("CISPO: the ratio's weight is cut below 1 − cispoLow."),
  cispoHigh: z.number().nonnegative().default(2).describe("CISPO: the ratio's weight is cut above 1 + cispoHigh."),
  klCoefficient: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Weight of the KL to the reference policy (the starting weights).'),
  klKind: z.enum(['k1', 'k2', 'k3']).default('k3').describe("Estimator of the KL; k3 is verl's low_var_kl."),
  entropyCoefficient: z.number().nonnegative().default(0).describe('Weight of the entropy bonus.'),
  aggregation: z
    .enum(['token-mean', 'seq-mean-token-sum', 'seq-mean-token-mean', 'seq-mean-token-sum-norm'])
    .default('token-mean')
    .describe('How token losses become one number.'),
  horizon: positive.default(512).describe('Divisor of seq-mean-token-sum-norm, tokens.'),
});

const optimizer = z.strictObject({
  learningRate: z.number().positive().default(3e-4).describe('Peak AdamW learning rate.'),
  schedule: z.enum(['constant', 'linear', 'cosine']).default('constant').describe('Decay of the rate over the run.'),
  finalShare: z.number().min(0).max(1).default(0.1).describe('Share of the peak rate left at the end of a decay.'),
  warmup: z.number().int().nonnegative().default(0).describe('Iterations over which the rate rises from 0.'),
  beta1: z.number().min(0).max(0.9999).default(0.9).describe('Decay of the first moment.'),
  beta2: z.number().min(0).max(0.99999).default(0.95).describe('Decay of the second moment.'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the second moment.'),
  weightDecay: z.number().nonnegative().default(0).describe('Decoupled decay of matrices, per unit of rate.'),
  maxGradNorm: z.number().nonnegative().default(1).describe('Global gradient norm to clip at; 0 never clips.'),
});

const evaluation = z.strictObject({
  every: z
    .number()
    .int()
    .nonnegative()
    .default(10)
    .describe('Iterations between evaluations on held-out tasks; 0: only before and after.'),
  tasks: positive.default(200).describe('Held-out tasks, one episode each; always the same ones.'),
  temperature: z.number().nonnegative().default(0.4).describe('Sampling temperature; 0 is greedy.'),
  topP: z.number().positive().max(1).default(1).describe('Nucleus of evaluation samples.'),
  seeds: positive.default(1).describe('Sampling seeds of the evaluations before and after training.'),
});

const checkpoints = z.strictObject({
  every: positive.default(10).describe('Iterations between checkpoints; the last iteration always gets one.'),
  keep: positive.default(2).describe('Checkpoints kept; the best by held-out success is kept besides.'),
});

const episodes = z.strictObject({
  tokens: z
    .enum(['none', 'response', 'all'])
    .default('all')
    .describe(
      'What episode files keep of the tokens: none, those of the response with their log-probabilities, or all with the prompts.',
    ),
});

/** Where metrics can go besides metrics.jsonl. */
export const LOGGERS = ['tensorboard', 'wandb', 'trackio'] as const;

const dynamicSampling = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Drop groups whose rewards are all equal and play others instead (DAPO).'),
  rounds: positive.default(3).describe('At most this many rounds of further groups per iteration.'),
});

export const configSchema = z.strictObject({
  protocol: z
    .enum(['own', 'verl-agent'])
    .default('own')
    .describe(
      "Where the defaults of all other keys come from: settings found for this package's models, or the papers' protocol.",
    ),
  seed: z.number().int().nonnegative().default(1).describe('Decides every random choice of the run.'),
  iterations: positive.default(40).describe('Rollouts-and-update rounds.'),
  checkpoint: z
    .string()
    .optional()
    .describe(
      'Model or adapter to start from, a folder or a hub id (owner/name, owner/name@revision); default: the one shipped for household.',
    ),
  epochs: positive.default(1).describe("Passes over each iteration's steps."),
  checkLogprobsEvery: positive
    .default(10)
    .describe(
      "Iterations between checks of every sampled token's log-probability against the trainer's; the others check the first mini-batch.",
    ),
  miniBatches: positive.default(4).describe('Optimizer steps per pass.'),
  environment: environment.prefault({}),
  agent: agent.prefault({}),
  engine: engine.prefault({}),
  lora: lora.prefault({}),
  chat: chat.prefault({}),
  rollout: rollout.prefault({}),
  credit: credit.prefault({}),
  objective: objectiveSchema.prefault({}),
  optimizer: optimizer.prefault({}),
  evaluation: evaluation.prefault({}),
  checkpoints: checkpoints.prefault({}),
  episodes: episodes.prefault({}),
  loggers: z
    .array(z.enum(LOGGERS))
    .default([])
    .describe(
      'Where metrics go besides metrics.jsonl: tensorboard, wandb, trackio; they read their own environment variables.',
    ),
  dynamicSampling: dynamicSampling.prefault({}),
  warmup: warmupSchema.prefault({}),
});

export type TrainConfig = z.infer<typeof configSchema>;
/** What a user may write: everything is optional. */
export type TrainConfigInput = z.input<typeof configSchema>;
