import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AgentKind, agentKind } from '../agents/index.ts';
import { STOP_MESSAGE } from '../compare/run-cells.ts';
import type { Suite, Task } from '../environments/environment.ts';
import { checkEnvironment, type OpenOptions, openSuite } from '../environments/registry.ts';
import { isAdapterFolder, parameterLayout, parseModelConfig } from '../nn/files/index.ts';
import { readModelFile } from '../nn/files/model-file.ts';
import { LocalPolicy, type LocalPolicyOptions } from '../policies/local.ts';
import type { TrainConfig } from '../training/config.ts';
import { placeModel, type Watch } from './model-place.ts';

/** The warm-started model that comes with the package. */
export const SHIPPED_CHECKPOINT = fileURLToPath(new URL('../../checkpoints/household', import.meta.url));

export interface Setup {
  readonly suite: Suite;
  readonly agent: AgentKind;
  readonly trainTasks: readonly Task[];
  readonly heldOut: readonly Task[];
}

/** A split that the environment does not have. */
export class SplitError extends Error {
  readonly code = 'TURNWISE_SPLIT';
  override readonly name = 'SplitError';
}

type SetupConfig = Pick<TrainConfig, 'environment' | 'agent'>;

/**
 * Refuses names and options of environment and agent that do not exist, before anything is opened, printed or written.
 *
 * @throws AgentError, UnknownEnvironmentError, EnvironmentOptionError
 */
export function checkSetup({ environment, agent }: SetupConfig): void {
  agentKind(agent.name, agent.options);
  checkEnvironment(environment.name, openOptions(environment));
}

function openOptions({ options, data }: SetupConfig['environment']): OpenOptions {
  return { ...options, ...(data === undefined ? {} : { data }) };
}

/** Opens environment and agent of a configuration. */
export async function openSetup(config: SetupConfig): Promise<Setup> {
  const { name, trainSplit, evaluateSplit } = config.environment;
  const agent = agentKind(config.agent.name, config.agent.options);
  const suite = await openSuite(name, openOptions(config.environment));
  const tasks = (split: string): readonly Task[] => {
    if (!suite.splits.includes(split))
      throw new SplitError(`${name} has no split ${split}; it has ${suite.splits.join(', ')}`);
    return suite.tasks(split);
  };
  return {
    suite,
    agent,
    trainTasks: tasks(trainSplit ?? suite.defaults.train),
    heldOut: tasks(evaluateSplit ?? suite.defaults.evaluate),
  };
}

/** Engine settings of a configuration. */
export function engineOptions({ engine }: Pick<TrainConfig, 'engine'>): LocalPolicyOptions {
  return Object.fromEntries(Object.entries(engine).filter(([, value]) => value !== undefined));
}

/** Above this many parameters adapters are trained unless the configuration says otherwise. */
const ADAPTED = 100e6;

/** Loads the model of a configuration, or the one called `name`: a folder, or a model of the hub, which may take a download. */
export async function loadPolicy(
  config: Pick<TrainConfig, 'checkpoint' | 'engine' | 'lora' | 'chat' | 'seed'>,
  name = config.checkpoint ?? SHIPPED_CHECKPOINT,
  { resume = false, ...watch }: Watch & { readonly resume?: boolean } = {},
): Promise<LocalPolicy> {
  const { folder, base } = await placeModel(name, watch);
  const { enabled, ...lora } = config.lora;
  const adapted = enabled === 'auto' ? (await parameterCount(folder)) > ADAPTED : enabled;
  return LocalPolicy.load(folder, {
    ...engineOptions(config),
    resume,
    seed: config.seed,
    ...(adapted && { lora }),
    chat: { variables: config.chat.variables, ...(config.chat.enabled !== 'auto' && { enabled: config.chat.enabled }) },
    ...(base !== undefined && { base }),
  });
}

/** 0 for an adapter, which says itself what is trained. */
async function parameterCount(folder: string): Promise<number> {
  if (isAdapterFolder(folder)) return 0;
  const { decoder } = parseModelConfig(await readModelFile(folder, 'config.json'), join(folder, 'config.json'));
  return parameterLayout(decoder).total;
}

/** A signal that the first Ctrl-C raises, or a message of the comparison that started this process; the second ends the process at once. */
export function interruptible(
  say: (text: string) => void,
  then = 'finishing what cannot be interrupted, then saving. Again to stop at once.',
): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string): void => {
    if (controller.signal.aborted) process.exit(130);
    say(`${why === 'SIGINT' ? 'Ctrl-C' : why}: ${then}`);
    controller.abort(new InterruptedError());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (process.send !== undefined) {
    process.on('message', (message) => {
      if (message === STOP_MESSAGE) stop('asked to stop');
    });
    // Listening alone keeps nothing alive.
    process.channel?.unref();
  }
  return controller.signal;
}

/** The person asked to stop. */
export class InterruptedError extends Error {
  readonly code = 'TURNWISE_INTERRUPTED';
  override readonly name = 'InterruptedError';

  constructor() {
    super('interrupted');
  }
}
