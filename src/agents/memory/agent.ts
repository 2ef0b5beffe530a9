import type { StepResult, Task, Turn } from '../../environments/environment.ts';
import type { Agent, Projection } from '../agent.ts';
import { alfworldReader } from './alfworld.ts';
import type { Reader } from './events.ts';
import { householdReader } from './household.ts';
import { kindOf, looseNames, taskWords, tightNames, writePrompt } from './prompt.ts';
import { WorldMemory } from './world.ts';

export interface MemoryAgentOptions {
  /**
   * Anchor state for credit: the raw observation as in the papers, or what the memory holds of the situation (place, thing held with its
   * qualities, where the task's things are). The default is the second: every refused command answers with the same sentence,
   * and as one state those turns would share one value.
   */
  readonly state: 'observation' | 'memory';
  /** What makes a completion valid: being one line of text, or being a command that does something now. */
  readonly validity: 'format' | 'admissible';
}

export const MEMORY_AGENT_DEFAULTS: MemoryAgentOptions = { state: 'memory', validity: 'admissible' };

const READERS: readonly Reader[] = [householdReader, alfworldReader];

/** A first observation in a wording that no reader knows. */
export class UnknownWordingError extends Error {
  readonly code = 'TURNWISE_UNKNOWN_WORDING';
  override readonly name = 'UnknownWordingError';
}

/** Keeps a structured memory of rooms and things, and writes it as a short prompt. */
export class MemoryAgent implements Agent {
  private readonly options: MemoryAgentOptions;
  private reader: Reader = householdReader;
  private memory = new WorldMemory();
  private turn: Turn = { observation: '', admissible: [] };

  constructor(options: MemoryAgentOptions) {
    this.options = options;
  }

  begin(task: Task, turn: Turn): void {
    const reader = READERS.find((r) => r.knows(turn.observation));
    if (!reader) {
      throw new UnknownWordingError(
        `the memory agent reads household and ALFWorld observations only; task ${task.id} begins with ${JSON.stringify(turn.observation.slice(0, 80))}. Choose agent.name=history for other environments.`,
      );
    }
    this.reader = reader;
    this.memory = new WorldMemory();
    this.memory.observe(reader.read(turn.observation));
    this.turn = turn;
  }

  prompt(): string {
    return writePrompt(this.memory, this.reader);
  }

  project(completion: string): Projection {
    const action = looseNames(completion.trim().replace(/\s+/g, ' '));
    const valid = this.options.validity === 'admissible' ? this.turn.admissible.includes(action) : action !== '';
    return { action, valid };
  }

  observe(action: string, result: StepResult): void {
    this.memory.observe(this.reader.read(result.observation), action);
    this.turn = result;
  }

  state(): string {
    return this.options.state === 'observation' ? this.turn.observation : situation(this.memory);
  }

  demonstrate(action: string): string {
    return ` ${tightNames(action)}`;
  }
}

/** The part of a memory that decides what is worth doing next. */
function situation(memory: WorldMemory): string {
  const wanted = new Set(taskWords(memory.task));
  const held =
    memory.held === undefined
      ? ''
      : `${memory.held} ${[...(memory.qualities.get(memory.held) ?? [])].sort().join(' ')}`;
  const known = [...memory.places]
    .flatMap(([name, place]) =>
      [...(place.things ?? [])].filter((t) => wanted.has(kindOf(t))).map((t) => `${t}@${name}`),
    )
    .sort();
  const here = memory.at === undefined ? undefined : memory.places.get(memory.at);
  return [memory.at ?? '', here?.closed ? 'shut' : '', held, [...memory.lit].sort().join(' '), ...known].join('|');
}
