import { parse } from 'yaml';
import {
  ALGORITHM_NAMES,
  type AlgorithmName,
  type CreditOptions,
  findAlgorithm,
  resolveOptions,
} from '../credit/index.ts';
import { nearestName } from '../text/nearest-name.ts';

/** An algorithm with the options it will run with. */
export interface Plan {
  readonly name: AlgorithmName;
  /** All of them, defaults included. */
  readonly options: CreditOptions;
  /** Whether it was asked for by name, and not as one of all. */
  readonly named: boolean;
}

/** What was asked for. */
export interface Plans {
  readonly plans: readonly Plan[];
  /** Episode reward that means success where an episode does not say, where it was set; reward units. */
  readonly successReward?: number;
}

/** What was asked of the algorithms cannot be done. */
export class PlanError extends Error {
  readonly code = 'TURNWISE_CREDIT_PLAN';
  override readonly name = 'PlanError';
}

/** Stands for every algorithm. */
export const ALL = 'all';

/**
 * The algorithms asked for, each once and in the order asked, with their options.
 *
 * @param names of algorithms, or `all`.
 * @param settings `key=value` for every algorithm that has the option, `name.key=value` for one of them.
 * @throws PlanError, UnknownAlgorithmError, CreditOptionError
 */
export function makePlans(names: readonly string[], settings: readonly string[]): Plans {
  const wanted = [...new Set(names.flatMap((name) => (name === ALL ? ALGORITHM_NAMES : [name])))];
  for (const name of wanted) findAlgorithm(name);
  const options = new Map(wanted.map((name) => [name, {} as Record<string, unknown>]));
  let successReward: number | undefined;
  for (const setting of settings) {
    const { path, value } = parseSetting(setting);
    if (path === 'successReward') successReward = checkSuccessReward(setting, value);
    applySetting(setting, path, value, options);
  }
  const plans = wanted.map((name) => ({
    name: name as AlgorithmName,
    options: resolveOptions(name, options.get(name)),
    named: names.includes(name),
  }));
  return { plans, ...(successReward === undefined ? {} : { successReward }) };
}

function parseSetting(setting: string): { path: string; value: unknown } {
  const equals = setting.indexOf('=');
  if (equals < 1) throw new PlanError(`--set ${setting}: write key=value, for example --set gamma=0.95`);
  return { path: setting.slice(0, equals), value: parseValue(setting.slice(equals + 1)) };
}

/** It also tells success from the rewards, whatever the algorithm. */
function checkSuccessReward(setting: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new PlanError(`--set ${setting}: it must be a number, the episode reward that means success`);
}

function applySetting(
  setting: string,
  path: string,
  value: unknown,
  options: ReadonlyMap<string, Record<string, unknown>>,
): void {
  const dot = path.indexOf('.');
  if (dot >= 0) {
    const [name, key] = [path.slice(0, dot), path.slice(dot + 1)];
    const own = options.get(name);
    if (own === undefined) {
      throw new PlanError(
        `--set ${setting}: ${name} is not among the algorithms asked for (${[...options.keys()].join(', ')})`,
      );
    }
    own[key] = value;
    return;
  }
  const takers = [...options.keys()].filter((name) => Object.hasOwn(findAlgorithm(name).rules, path));
  if (takers.length === 0 && path !== 'successReward') {
    const known = [...new Set([...options.keys()].flatMap((name) => Object.keys(findAlgorithm(name).rules)))];
    const who = options.size === 1 ? `${[...options.keys()][0]} has no option` : 'none of the algorithms has an option';
    const near = nearestName(path, known);
    const hint = near === undefined ? '' : `; the nearest is "${near}"`;
    throw new PlanError(`--set ${setting}: ${who} "${path}"${hint}. There are: ${known.join(', ')}.`);
  }
  for (const name of takers) (options.get(name) as Record<string, unknown>)[path] = value;
}

/** Numbers and booleans as such, anything else as text. */
function parseValue(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}
