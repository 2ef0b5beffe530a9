import type { StepResult, Task, Turn } from '../environments/environment.ts';
import type { Agent, Projection } from './agent.ts';

/** Past turns: what was seen, and what was done about it. */
export class History {
  private readonly turns: { readonly observation: string; readonly action: string }[] = [];

  get length(): number {
    return this.turns.length;
  }

  add(observation: string, action: string): void {
    this.turns.push({ observation, action });
  }

  last(count: number): readonly { readonly observation: string; readonly action: string }[] {
    return count === 0 ? [] : this.turns.slice(-count);
  }
}

/** Takes a first observation apart: the task sentence after "Your task: " or "Your task is to: ", and the rest. */
export function splitTask(observation: string): { task: string; scene: string } {
  const match = /^Your task(?: is to)?: *(.*)$/m.exec(observation);
  if (!match) return { task: '', scene: observation.trim() };
  return { task: match[1].trim(), scene: observation.replace(match[0], '').trim() };
}

export interface HistoryAgentOptions {
  /** Turns of the past that the prompt shows. */
  readonly history: number;
  /** Whether the prompt lists the commands that do something now. */
  readonly admissible: boolean;
  /** What makes a completion valid: being a line of text, or being a command that does something now. */
  readonly validity: 'format' | 'admissible';
}

export const HISTORY_AGENT_DEFAULTS: HistoryAgentOptions = { history: 2, admissible: true, validity: 'admissible' };

/** A plain prompt for small models in any text environment, without help of its own: task, last turns, observation, commands. */
export class HistoryAgent implements Agent {
  private readonly options: HistoryAgentOptions;
  private task = '';
  private history = new History();
  private turn: Turn = { observation: '', admissible: [] };
  private scene = '';

  constructor(options: HistoryAgentOptions) {
    this.options = options;
  }

  begin(_task: Task, turn: Turn): void {
    ({ task: this.task, scene: this.scene } = splitTask(turn.observation));
    this.history = new History();
    this.turn = turn;
  }

  prompt(): string {
    const lines = [`task: ${this.task}`];
    for (const { observation, action } of this.history.last(this.options.history))
      lines.push(`saw: ${observation}`, `did: ${action}`);
    lines.push(`see: ${this.history.length === 0 ? this.scene : this.turn.observation}`);
    if (this.options.admissible && this.turn.admissible.length > 0)
      lines.push(`can: ${this.turn.admissible.join(' | ')}`);
    return `${lines.join('\n')}\ndo:`;
  }

  project(completion: string): Projection {
    const action = completion.trim().replace(/\s+/g, ' ');
    const listed = this.options.validity === 'format' || this.turn.admissible.length === 0;
    return { action, valid: listed ? action !== '' : this.turn.admissible.includes(action) };
  }

  observe(action: string, result: StepResult): void {
    this.history.add(this.history.length === 0 ? this.scene : this.turn.observation, action);
    this.turn = result;
  }

  state(): string {
    return this.turn.observation;
  }

  demonstrate(action: string): string {
    return ` ${action}`;
  }
}
