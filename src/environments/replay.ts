import type { StepResult, Suite, Task, Turn } from './environment.ts';

/** One step as it was recorded; only the action must be there. */
export interface RecordedStep {
  readonly action: string;
  readonly observation?: string;
  readonly admissible?: readonly string[];
  readonly reward?: number;
  readonly done?: boolean;
  readonly success?: boolean;
}

/** An episode to be played again. */
export interface Recording {
  /** Id of the task, or its path inside the data. */
  readonly task: string;
  readonly initialObservation?: string;
  readonly initialAdmissible?: readonly string[];
  readonly steps: readonly RecordedStep[];
}

/** An episode as the environment plays it, in the form of a recording with nothing left out. */
export interface ReplayedEpisode extends Required<Omit<Recording, 'steps'>> {
  readonly steps: readonly Required<RecordedStep>[];
}

/** A task that a suite does not have. */
export class UnknownTaskError extends Error {
  readonly code = 'TURNWISE_UNKNOWN_TASK';
  override readonly name = 'UnknownTaskError';
  readonly task: string;

  constructor(suite: Suite, task: string) {
    const example = suite.tasks(suite.splits[0])[0]?.id;
    super(
      `${suite.name} has no task ${JSON.stringify(task)}${example === undefined ? '' : `; an example is ${example}`}`,
    );
    this.task = task;
  }
}

/** Finds tasks by id or by path inside the data, all splits together. */
export class TaskIndex {
  private readonly suite: Suite;
  private readonly byId = new Map<string, Task>();

  constructor(suite: Suite) {
    this.suite = suite;
    for (const split of suite.splits) for (const task of suite.tasks(split)) this.byId.set(task.id, task);
  }

  /** @throws UnknownTaskError */
  find(name: string): Task {
    const task = this.byId.get(name) ?? this.suite.find?.(name);
    if (task === undefined) throw new UnknownTaskError(this.suite, name);
    return task;
  }
}

/**
 * Plays the actions of a recording.
 *
 * @param maxSteps step limit; by default the suite's, unless the recording is longer, which was then made with another.
 */
export async function replay(
  suite: Suite,
  task: Task,
  recording: Recording,
  maxSteps?: number,
): Promise<ReplayedEpisode> {
  const usual = suite.defaults.maxSteps;
  const limit = maxSteps ?? (recording.steps.length > usual ? recording.steps.length + 1 : usual);
  const environment = suite.create({ maxSteps: limit });
  try {
    const first: Turn = await environment.reset(task);
    const steps: Required<RecordedStep>[] = [];
    for (const { action } of recording.steps) {
      const { observation, admissible, reward, done, success }: StepResult = await environment.step(action);
      steps.push({ action, observation, admissible, reward, done, success });
    }
    return {
      task: recording.task,
      initialObservation: first.observation,
      initialAdmissible: first.admissible,
      steps,
    };
  } finally {
    await environment.close?.();
  }
}

/** Where a replay says something else than the recording. */
export interface Difference {
  /** Counted from 1; 0 before the first action. */
  readonly step: number;
  readonly action?: string;
  readonly field: 'observation' | 'admissible' | 'reward' | 'done' | 'success';
  readonly recorded: unknown;
  readonly played: unknown;
}

/** How texts are compared: to the character, or as those recorders kept them that dropped banner and "You arrive at …". */
export type Comparison = 'exact' | 'trimmed';

/** What was recorded and compared, and the first difference. */
export interface ComparisonResult {
  /** Recorded fields that were compared, the one that differs included. */
  readonly compared: number;
  readonly difference?: Difference;
}

/** Compares all that was recorded, up to the first difference. */
export function compareReplay(recording: Recording, played: ReplayedEpisode, comparison: Comparison): ComparisonResult {
  let compared = 0;
  const check = (step: number, field: Difference['field'], recorded: unknown, now: unknown): Difference | undefined => {
    if (recorded === undefined) return undefined;
    compared++;
    if (isSame(recorded, now, comparison)) return undefined;
    const action = step === 0 ? undefined : recording.steps[step - 1].action;
    return { step, ...(action === undefined ? {} : { action }), field, recorded, played: now };
  };
  let difference =
    check(0, 'observation', recording.initialObservation, played.initialObservation) ??
    check(0, 'admissible', recording.initialAdmissible, played.initialAdmissible);
  for (let i = 0; i < recording.steps.length && difference === undefined; i++) {
    const [was, is] = [recording.steps[i], played.steps[i]];
    for (const field of ['observation', 'admissible', 'reward', 'done', 'success'] as const) {
      difference ??= check(i + 1, field, was[field], is[field]);
    }
  }
  return difference === undefined ? { compared } : { compared, difference };
}

function isSame(recorded: unknown, played: unknown, comparison: Comparison): boolean {
  if (Array.isArray(recorded) && Array.isArray(played)) {
    return recorded.length === played.length && recorded.every((item, i) => item === played[i]);
  }
  if (typeof recorded === 'string' && typeof played === 'string' && comparison === 'trimmed') {
    return recorded === played || trimmed(recorded) === trimmed(played);
  }
  return recorded === played;
}

/** A text without the banner, the place one arrives at, and the ways of putting space between sentences. */
function trimmed(text: string): string {
  return text
    .replace(/^-=.*=-\s*/, '')
    .replace(/^You arrive at [^.]*\. /, '')
    .replace(/\s*\n\s*/g, '\n')
    .trim();
}

/** A difference for a person: where texts part, or what a list has too much and too little. */
export function describeDifference({ step, action, field, recorded, played }: Difference): string {
  const where = step === 0 ? 'at the start' : `step ${step}, ${JSON.stringify(action)}`;
  if (Array.isArray(recorded) && Array.isArray(played)) {
    const missing = recorded.filter((item) => !played.includes(item));
    const extra = played.filter((item) => !recorded.includes(item));
    const lines = [...missing.map((item) => `- ${item}`), ...extra.map((item) => `+ ${item}`)];
    if (lines.length === 0) lines.push(...orderOf(recorded, played));
    return [`${where}: ${field} differs (- recorded, + played)`, ...lines].join('\n');
  }
  if (typeof recorded === 'string' && typeof played === 'string') {
    let same = 0;
    while (same < recorded.length && recorded[same] === played[same]) same++;
    const from = Math.max(0, same - 40);
    const show = (text: string): string => JSON.stringify(text.slice(from, same + 120)).slice(1, -1);
    const before = JSON.stringify(recorded.slice(from, same)).length - 2;
    const lines = [`- ${show(recorded)}`, `+ ${show(played)}`, `  ${' '.repeat(before)}^ character ${same + 1}`];
    return [`${where}: ${field} differs (- recorded, + played)`, ...lines].join('\n');
  }
  return `${where}: ${field} was ${JSON.stringify(recorded)}, is ${JSON.stringify(played)}`;
}

function orderOf(recorded: readonly unknown[], played: readonly unknown[]): string[] {
  const at = recorded.findIndex((item, i) => item !== played[i]);
  return at < 0
    ? [`+ ${played.length - recorded.length} repeated`]
    : [`- place ${at + 1}: ${recorded[at]}`, `+ place ${at + 1}: ${played[at]}`];
}
