import type { StepResult, Task, Turn } from '../environments/environment.ts';
import type { Agent, Projection } from './agent.ts';
import { History } from './history.ts';
import { formatOf, type ThinkFormat, textWorldFormat } from './think-formats.ts';

export interface ThinkAgentOptions {
  /** Turns of the past that the prompt shows. The papers use 2. */
  readonly history: number;
}

export const THINK_AGENT_DEFAULTS: ThinkAgentOptions = { history: 2 };

/** Chinese, Japanese and Korean ideographs, which the papers' projection refuses. */
const IDEOGRAPH = /[\u4e00-\u9fff]/;

/**
 * The papers' format for instruction-tuned models: the model reasons between <think> tags and answers between <action> tags. The projection
 * follows verl-agent's rules, so that validity means what it means there; the wording of the prompt is our own.
 */
export class ThinkAgent implements Agent {
  private readonly options: ThinkAgentOptions;
  private task = '';
  private history = new History();
  private turn: Turn = { observation: '', admissible: [] };
  private format: ThinkFormat = textWorldFormat;

  constructor(options: ThinkAgentOptions) {
    this.options = options;
  }

  begin(_task: Task, turn: Turn): void {
    this.format = formatOf(turn.observation);
    this.task = this.format.task(turn.observation);
    this.history = new History();
    this.turn = turn;
  }

  prompt(): string {
    const prompt = this.write(this.options.history);
    return prompt.length > (this.format.longest ?? Number.POSITIVE_INFINITY) ? this.write(0) : prompt;
  }

  private write(history: number): string {
    const past = this.history.last(history);
    const total = this.history.length;
    const lines = [`You act in a ${this.format.place}. Your task: ${this.task || 'explore'}`];
    if (past.length > 0) {
      lines.push(`You have taken ${total} ${total === 1 ? 'step' : 'steps'}. The latest, oldest first:`);
      past.forEach((p, i) => {
        const step = total - past.length + i + 1;
        lines.push(`[step ${step}] you saw: ${p.observation}`, `[step ${step}] you did: ${p.action}`);
      });
    }
    lines.push(`You now see: ${this.shown()}`, ...this.format.commands(this.turn));
    lines.push(
      'First think about where things stand and what brings you closer, between <think> and </think>. Then give exactly one of the commands between <action> and </action>.',
    );
    return `${lines.join('\n')}\n`;
  }

  /**
   * Lower-cases the completion and takes the text between the first <action> and the </action> after it. Valid with both pairs of tags and without
   * ideographs; without action tags the last 30 characters (20 in the shop) are the action, and invalid.
   */
  project(completion: string): Projection {
    const lower = completion.toLowerCase();
    const start = lower.indexOf('<action>');
    const end = lower.indexOf('</action>');
    if (start < 0 || end < 0) return { action: lower.slice(-this.format.tail), valid: false };
    const thought = completion.includes('<think>') && completion.includes('</think>');
    return {
      action: lower.slice(start + '<action>'.length, end).trim(),
      valid: thought && !IDEOGRAPH.test(completion),
    };
  }

  observe(action: string, result: StepResult): void {
    this.history.add(this.shown(), action);
    this.turn = result;
  }

  /** The observation as the prompt shows it, which is also the papers' anchor state. */
  state(): string {
    return this.shown();
  }

  private shown(): string {
    return this.format.show(this.turn.observation, this.task);
  }

  demonstrate(action: string): string {
    return `<think>The next useful command is clear.</think><action>${action}</action>`;
  }
}
