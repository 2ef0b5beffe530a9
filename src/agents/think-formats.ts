import type { Turn } from '../environments/environment.ts';
import { splitTask } from './history.ts';

/** What verl-agent does differently from one environment to another. */
export interface ThinkFormat {
  /** Where the agent is told that it is. */
  readonly place: string;
  /** The task, from the first observation. */
  task(observation: string): string;
  /** An observation as the prompt shows it. */
  show(observation: string, task: string): string;
  /** Lines that list what can be done. */
  commands(turn: Turn): readonly string[];
  /** Characters at the end of a completion without action tags that are taken for the action. */
  readonly tail: number;
  /** A prompt longer than this, in characters, is written without history. */
  readonly longest?: number;
}

export const textWorldFormat: ThinkFormat = {
  place: 'text world',
  task: (observation) => splitTask(observation).task,
  show: (observation) => observation,
  commands: ({ admissible }) => {
    const commands = admissible.filter((command) => command !== 'help');
    return commands.length > 0 ? [`What you can do now: ${commands.map((c) => `'${c}'`).join(', ')}.`] : [];
  },
  tail: 30,
};

const SEPARATOR = ' [SEP] ';

/** WebShop: the page after the instruction, each piece in quotes; the actions as the page lists them, one a line. */
export const shopFormat: ThinkFormat = {
  place: 'shop',
  task: (observation) => observation.split(SEPARATOR)[2] ?? '',
  show(observation, task) {
    const parts = observation.split(SEPARATOR);
    const at = parts.indexOf(task);
    if (at < 0) return observation;
    return parts
      .slice(at + 1)
      .map((part) => `'${part}'`)
      .join(SEPARATOR);
  },
  commands: ({ menu = [] }) => ['What you can do now:', '[', ...menu.map((command) => `'${command}',`), ']'],
  tail: 20,
  longest: 13_000,
};

/** The format for an episode that begins like this. */
export function formatOf(observation: string): ThinkFormat {
  return observation.startsWith(`WebShop${SEPARATOR}Instruction:${SEPARATOR}`) ? shopFormat : textWorldFormat;
}
