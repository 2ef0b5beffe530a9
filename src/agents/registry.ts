import { z } from 'zod';
import { nearestName } from '../text/nearest-name.ts';
import type { Agent, AgentKind } from './agent.ts';
import { HISTORY_AGENT_DEFAULTS, HistoryAgent } from './history.ts';
import { MEMORY_AGENT_DEFAULTS, MemoryAgent } from './memory/agent.ts';
import { SHOP_AGENT_DEFAULTS, ShopAgent } from './shop/agent.ts';
import { THINK_AGENT_DEFAULTS, ThinkAgent } from './think.ts';

/** An agent, or an option of one, that does not exist. */
export class AgentError extends Error {
  readonly code = 'TURNWISE_AGENT';
  override readonly name = 'AgentError';
}

const history = z.int().min(0);
const validity = z.enum(['format', 'admissible']);

const ENTRIES = [
  entry(
    'memory',
    'Structured memory of rooms and things, written as a short prompt for small models (household, alfworld).',
    z.strictObject({
      state: z.enum(['observation', 'memory']).default(MEMORY_AGENT_DEFAULTS.state),
      validity: validity.default(MEMORY_AGENT_DEFAULTS.validity),
    }),
    (options) => new MemoryAgent(options),
  ),
  entry(
    'shop',
    'What is wanted and which products lack what, as a short prompt for small models (webshop).',
    z.strictObject({
      state: z.enum(['observation', 'memory']).default(SHOP_AGENT_DEFAULTS.state),
      validity: validity.default(SHOP_AGENT_DEFAULTS.validity),
    }),
    (options) => new ShopAgent(options),
  ),
  entry(
    'history',
    'Task, last turns, observation and commands as plain text, for small models in any environment.',
    z.strictObject({
      history: history.default(HISTORY_AGENT_DEFAULTS.history),
      admissible: z.boolean().default(HISTORY_AGENT_DEFAULTS.admissible),
      validity: validity.default(HISTORY_AGENT_DEFAULTS.validity),
    }),
    (options) => new HistoryAgent(options),
  ),
  entry(
    'think',
    "The papers' format for instruction-tuned models: <think>…</think><action>…</action>.",
    z.strictObject({ history: history.default(THINK_AGENT_DEFAULTS.history) }),
    (options) => new ThinkAgent(options),
  ),
];

/**
 * The agent of that name with its options.
 *
 * @throws AgentError naming the nearest agent, or the option that is wrong
 */
export function agentKind(name: string, options: Readonly<Record<string, unknown>> = {}): AgentKind {
  const found = ENTRIES.find((e) => e.name === name);
  const names = ENTRIES.map((e) => e.name);
  if (!found) {
    const near = nearestName(name, names);
    const hint = near === undefined ? '.' : `; did you mean ${near}?`;
    throw new AgentError(`there is no agent ${name}${hint} There are ${names.join(', ')}.`);
  }
  return found.make(options);
}

/** Every agent with its options. */
export function agentList(): {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
}[] {
  return ENTRIES.map(({ name, description, options }) => ({ name, description, options }));
}

function entry<S extends z.ZodObject>(
  name: string,
  description: string,
  schema: S,
  create: (options: z.output<S>) => Agent,
) {
  const options = Object.keys(schema.shape);
  return {
    name,
    description,
    options,
    make(given: Readonly<Record<string, unknown>>): AgentKind {
      const parsed = schema.safeParse(given);
      if (parsed.success) return { name, description, create: () => create(parsed.data) };
      const [issue] = parsed.error.issues;
      const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : String(issue.path[0]);
      const problem =
        issue.code === 'unrecognized_keys' ? `does not exist; its options are ${options.join(', ')}` : issue.message;
      throw new AgentError(`agent ${name}: option ${key} ${problem}.`);
    },
  };
}
