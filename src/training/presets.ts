import type { TrainConfigInput } from './config.ts';

/**
 * Settings that suit an environment, under whatever the user sets. For the household they were found by measurement, see docs/training.md:
 * sampling nearer to the temperature of evaluation, advantages standardized over the batch, a slow second moment with a warm-up, and a penalty
 * for invalid commands that can be felt beside a reward of 10.
 */
const PRESETS: Readonly<Record<string, TrainConfigInput>> = {
  household: {
    iterations: 110,
    rollout: { temperature: 0.6 },
    optimizer: { learningRate: 3e-4, schedule: 'linear', warmup: 5, beta2: 0.99 },
    evaluation: { every: 10 },
  },
  alfworld: {
    iterations: 140,
    rollout: { temperature: 0.6 },
    optimizer: { learningRate: 2e-4, schedule: 'linear', warmup: 5, beta2: 0.99 },
    evaluation: { every: 20, tasks: 134, seeds: 3 },
    warmup: {
      tasks: 3553,
      updates: 3000,
      stopAfter: 1800,
      model: { hiddenSize: 128, layers: 4, heads: 4, kvHeads: 2, ffnSize: 352 },
    },
  },
  webshop: {
    iterations: 150,
    environment: { options: { branches: 24 } },
    agent: { name: 'shop' },
    rollout: { temperature: 0.6, maxTokens: 28 },
    optimizer: { learningRate: 5e-4, schedule: 'linear', warmup: 5, beta2: 0.99 },
    evaluation: { every: 25, tasks: 200, seeds: 3 },
    warmup: { tasks: 4000, updates: 3000, stopAfter: 550 },
  },
};

/**
 * The protocol of verl-agent, which the papers of GiGPO, HGPO, G2PO and GAGPO share: for language models that reason in words, see
 * `agents/think.ts` for prompt fields and projection. Keys not named here have the defaults of the configuration.
 */
const VERL_AGENT: TrainConfigInput = {
  iterations: 150,
  agent: { name: 'think', options: { history: 2 } },
  rollout: { tasks: 16, groupSize: 8, temperature: 1, maxTokens: 512 },
  objective: { loss: 'clip', ratio: 'token', clipLow: 0.2, clipHigh: 0.2, klCoefficient: 0.01, klKind: 'k3' },
  optimizer: { learningRate: 1e-6, schedule: 'constant', beta2: 0.999, weightDecay: 0.01, maxGradNorm: 1 },
  evaluation: { every: 5, tasks: 128, temperature: 0.4 },
};

/** What verl-agent sets for an environment. */
const VERL_AGENT_ENVIRONMENTS: Readonly<Record<string, TrainConfigInput['environment']>> = {
  alfworld: { maxSteps: 50, evaluateSplit: 'valid_seen', options: { successReward: 10 } },
  webshop: { maxSteps: 15, options: { successReward: 10, order: 'verl-agent', goals: 'synthetic' } },
};

const OTHER_ENVIRONMENT: TrainConfigInput['environment'] = { maxSteps: 50, options: { successReward: 10 } };

function verlAgent(name: string): TrainConfigInput {
  const environment = Object.hasOwn(VERL_AGENT_ENVIRONMENTS, name) ? VERL_AGENT_ENVIRONMENTS[name] : OTHER_ENVIRONMENT;
  return { ...VERL_AGENT, environment, credit: { options: { invalidActionPenalty: 0.1 } } };
}

type CreditOptions = Readonly<Record<string, number | string>>;

/** Options of the credit assignment that go with the settings above. */
const CREDIT: Readonly<Record<string, CreditOptions>> = {
  gagpo: { scope: 'batch', invalidActionPenalty: 0.5 },
};

/** The same where an environment wants others. A shop is to be looked through: discounting taught to buy soon rather than well. */
const CREDIT_IN: Readonly<Record<string, Readonly<Record<string, CreditOptions>>>> = {
  webshop: { gagpo: { ...CREDIT.gagpo, gamma: 1 } },
};

/** What is different with the user's own data. */
const WITH_DATA: Readonly<Record<string, TrainConfigInput>> = {
  // The branches are of the small shop.
  webshop: { environment: {}, warmup: { tasks: 5000, updates: 4000, stopAfter: 2000 } },
};

/** @param algorithm the credit assignment to be used, since each takes its own options */
export function preset(environment: string, algorithm = 'gagpo', hasData = false): TrainConfigInput {
  if (!Object.hasOwn(PRESETS, environment)) return {};
  const own = Object.hasOwn(CREDIT_IN, environment) ? CREDIT_IN[environment] : CREDIT;
  const options = Object.hasOwn(own, algorithm) ? own[algorithm] : { invalidActionPenalty: 0.5 };
  const changed = hasData && Object.hasOwn(WITH_DATA, environment) ? WITH_DATA[environment] : {};
  return { ...PRESETS[environment], ...changed, credit: { options } };
}

/** The preset for what a user wrote, before that was checked. */
export function presetFor(written: unknown): TrainConfigInput {
  const { protocol, environment, credit } = (written ?? {}) as {
    protocol?: unknown;
    environment?: { name?: unknown; data?: unknown };
    credit?: { algorithm?: unknown };
  };
  const name = String(environment?.name ?? 'household');
  return protocol === 'verl-agent'
    ? verlAgent(name)
    : preset(name, String(credit?.algorithm ?? 'gagpo'), environment?.data !== undefined);
}
