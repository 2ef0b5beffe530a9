/** The environments by name: what a command line or a configuration file can ask for. */

import { z } from 'zod';
import { nearestName } from '../text/nearest-name.ts';
import type { Suite } from './environment.ts';
import { EnvironmentOptionError, UnknownEnvironmentError } from './registry-errors.ts';

/** A setting of an environment. */
export interface EnvironmentOption {
  readonly name: string;
  /** One sentence, with its unit where it has one. */
  readonly description: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  /** The only values there are, where they are few. */
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
}

/** What is known of an environment before it is opened. */
export interface EnvironmentDescription {
  readonly name: string;
  /** One sentence for lists. */
  readonly description: string;
  /** Whether `data` must be given. */
  readonly needsData: boolean;
  readonly options: readonly EnvironmentOption[];
}

/** Settings by name; `data` is the path of the environment's data. */
export interface OpenOptions {
  readonly data?: string;
  readonly [option: string]: unknown;
}

interface Entry extends EnvironmentDescription {
  check(options: OpenOptions): void;
  open(options: OpenOptions): Promise<Suite>;
}

function maxSteps(preset: number | string) {
  return z
    .int()
    .min(1)
    .optional()
    .describe(`Steps after which an episode is cut off; ${preset} where it is not given.`);
}

const successReward = z
  .number()
  .default(10)
  .describe('Reward of the step that reaches the goal; every other step has 0.');

/** Every environment; the code of each is loaded when it is first opened. */
const ENTRIES: readonly Entry[] = [
  entry(
    'household',
    'Household chores in generated rooms: six families of tasks, three difficulties, no data needed.',
    z.strictObject({
      difficulty: z
        .enum(['easy', 'medium', 'hard', 'mixed'])
        .default('medium')
        .describe('How large and cluttered the rooms are; mixed takes turns.'),
      maxSteps: maxSteps('20, 30, 50 for hard and mixed'),
      successReward,
    }),
    async (options) => (await import('./household/index.ts')).openHousehold(options),
  ),
  entry(
    'alfworld',
    'The official ALFWorld text games, played from their own files.',
    z.strictObject({
      data: z.string().describe('Path of the official archive json_2.1.x_tw-pddl.zip, or of the folder it unpacks to.'),
      maxSteps: maxSteps(50),
      successReward,
      shuffleNames: z
        .int()
        .min(0)
        .optional()
        .describe('Seed that shuffles the numbers of things in training games; not shuffled where it is not given.'),
    }),
    async (options) => (await import('./alfworld/index.ts')).openAlfworld(options),
  ),
  entry(
    'webshop',
    'Find and buy what an instruction asks for: the official products, or a small shop that needs no data.',
    z.strictObject({
      data: z
        .string()
        .optional()
        .describe(
          'Folder of the official product files, or the product file in it; the small shop where it is not given.',
        ),
      numProducts: z.int().min(1).optional().describe('Only the first so many records of the product file.'),
      branches: z
        .int()
        .min(1)
        .default(1)
        .describe('Without data: how many shops with other products there are; all but the first are for training.'),
      goals: z
        .enum(['synthetic', 'human'])
        .default('synthetic')
        .describe('Goals made from the options of every product, or sentences that people wrote.'),
      order: z
        .enum(['clean', 'official', 'verl-agent'])
        .default('clean')
        .describe(
          "Splits: by product and disjoint; the original's order and splits; or verl-agent's, an order for every worker, in which validation goals are also trained on.",
        ),
      workerSeed: z.int().min(0).default(0).describe("order=verl-agent: seed of the first worker's order."),
      workers: z.int().min(1).default(16).describe('order=verl-agent: training workers, each with its own order.'),
      valWorkers: z.int().min(1).default(128).describe('order=verl-agent: validation workers, seeded from 1000 on.'),
      mode: z
        .enum(['text', 'text_rich'])
        .default('text')
        .describe('Observations: pieces joined by [SEP], or with marked buttons.'),
      maxSteps: maxSteps(15),
      reward: z
        .enum(['success', 'score'])
        .default('success')
        .describe('Reward of a purchase: successReward where the score is 1, else 0; or the score itself.'),
      successReward,
      previousObservations: z.int().min(0).default(0).describe('Earlier observations put before each observation.'),
      previousActions: z.int().min(0).default(0).describe('Earlier actions put before each observation.'),
      showAttributes: z.boolean().default(false).describe('Whether product pages have the button Attributes.'),
      nouns: z
        .string()
        .optional()
        .describe('File with the nouns of every title, which makes scores exact; wink-nlp where it is not given.'),
    }),
    async (options) => (await import('./webshop/index.ts')).openWebShop(options),
  ),
];

/** Names, descriptions and options of all environments, in the order in which to show them. */
export function environmentList(): EnvironmentDescription[] {
  return ENTRIES.map(({ name, description, needsData, options }) => ({ name, description, needsData, options }));
}

/**
 * Opens the suite of this name.
 *
 * @throws UnknownEnvironmentError when there is none of that name
 * @throws EnvironmentOptionError when an option is unknown or missing, or its value is not allowed
 */
export async function openSuite(name: string, options: OpenOptions = {}): Promise<Suite> {
  return find(name).open(options);
}

/**
 * Refuses what `openSuite` would refuse by name and options alone; reads no data.
 *
 * @throws UnknownEnvironmentError, EnvironmentOptionError
 */
export function checkEnvironment(name: string, options: OpenOptions = {}): void {
  find(name).check(options);
}

function find(name: string): Entry {
  const found = ENTRIES.find((candidate) => candidate.name === name);
  if (!found) throw new UnknownEnvironmentError(name, nearestName(name, known()), known());
  return found;
}

function known(): string[] {
  return ENTRIES.map((candidate) => candidate.name);
}

/** What zod writes for each option. */
interface JsonProperty extends Omit<EnvironmentOption, 'name' | 'choices'> {
  readonly enum?: readonly string[];
}

/** Ties an environment to the schema of its options, from which the list of options is read. */
function entry<S extends z.ZodObject>(
  name: string,
  description: string,
  schema: S,
  open: (options: z.output<S>) => Promise<Suite>,
): Entry {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  const options = Object.entries(properties).map(([option, property]): EnvironmentOption => {
    const { description, type, enum: choices, default: preset } = property as JsonProperty;
    return {
      name: option,
      description,
      type,
      ...(choices && { choices }),
      ...(preset !== undefined && { default: preset }),
    };
  });
  const parse = (given: OpenOptions): z.output<S> => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    throw optionError(name, options, given, parsed.error.issues[0]);
  };
  return {
    name,
    description,
    needsData: required.includes('data'),
    options,
    check: parse,
    open: async (given) => open(parse(given)),
  };
}

/** Says what is wrong with the options in terms of the option and the values it may have. */
function optionError(
  environment: string,
  options: readonly EnvironmentOption[],
  given: OpenOptions,
  issue: z.core.$ZodIssue,
): EnvironmentOptionError {
  const names = options.map((option) => option.name);
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const near = nearestName(key, names);
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    return new EnvironmentOptionError(environment, key, `does not exist.${hint} Its options are ${names.join(', ')}.`);
  }
  const key = String(issue.path[0]);
  const option = options.find((candidate) => candidate.name === key)!;
  const allowed = option.choices ? `one of ${option.choices.join(', ')}` : `of type ${option.type}`;
  const value = given[key];
  const problem =
    value === undefined
      ? `must be given: ${option.description}`
      : `must be ${allowed}, not ${JSON.stringify(value)}: ${issue.message}.`;
  return new EnvironmentOptionError(environment, key, problem);
}
