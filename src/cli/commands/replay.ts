import { Command, InvalidArgumentError } from 'commander';
import { openSuite } from '../../environments/registry.ts';
import {
  type Comparison,
  compareReplay,
  type Difference,
  describeDifference,
  type RecordedStep,
  type Recording,
  replay,
  TaskIndex,
  UnknownTaskError,
} from '../../environments/replay.ts';
import { openOutput, RecordError, readLines, STANDARD_INPUT } from '../../runs/index.ts';
import { parseSettings } from '../load-config.ts';
import { duration, ProgressLine } from '../progress.ts';
import { interruptible } from '../setup.ts';

interface ReplayOptions {
  readonly environment: string;
  readonly data?: string;
  readonly set?: string[];
  readonly out?: string;
  readonly trimmed?: boolean;
  readonly maxSteps?: number;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Play recorded actions again: writes what the environment answers, and compares it with what was recorded.',
    )
    .argument('[file]', 'recordings as JSON Lines, plain or gzip; - is standard input', STANDARD_INPUT)
    .requiredOption('-e, --environment <name>', 'environment (turnwise environments)')
    .option('-d, --data <path>', "the environment's official data, zip or folder")
    .option('-s, --set <key=value...>', 'options of the environment: successReward=1, …')
    .option(
      '-o, --out <file>',
      'where the played episodes go, gzip where it ends in .gz; default: standard output, or nowhere when comparing',
    )
    .option('--max-steps <n>', "step limit; default: the environment's, unless a recording is longer", wholeNumber)
    .option('--trimmed', 'compare with recorders that dropped the banner, "You arrive at X. " and blank lines')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
A line of the input:
  {"task":"<id, or path inside the data>","actions":["go to shelf 1", …]}
or, to compare, with any of what was recorded:
  {"task":"…","initialObservation":"…","initialAdmissible":["…"],
   "steps":[{"action":"…","observation":"…","admissible":["…"],"reward":0,"done":false,"success":false}, …]}
A line of the output is of the second form with everything in it, so that it can be compared with later.
Ends with 1 when anything recorded differs from what was played, and shows the first difference.

Example:
  turnwise replay --environment alfworld --data json_2.1.3_tw-pddl.zip recordings.jsonl --out played.jsonl`;

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it must be a whole number of at least 1');
}

async function run(path: string, options: ReplayOptions): Promise<void> {
  const file = path === STANDARD_INPUT ? 'standard input' : path;
  const line = new ProgressLine();
  const signal = interruptible((text) => line.say(text), 'stopping; no output file is made.');
  const started = performance.now();
  const comparison: Comparison = options.trimmed ? 'trimmed' : 'exact';
  const suite = await openSuite(options.environment, {
    ...parseSettings(options.set ?? []),
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  const tasks = new TaskIndex(suite);
  let output =
    options.out === undefined ? undefined : await openOutput(options.out === '-' ? undefined : options.out, path, true);
  let episodes = 0;
  let steps = 0;
  let compared = 0;
  let differing = 0;
  let first: { line: number; task: string; difference: Difference } | undefined;
  try {
    for await (const { number, text } of readLines(path, { signal })) {
      if (text.trim() === '') continue;
      const recording = parseRecording(text, file, number);
      const hasRecorded = isRecorded(recording);
      // Without anything to compare, what is played is what is wanted.
      if (!hasRecorded && options.out === undefined) output ??= await openOutput(undefined, path, true);
      const task = findTask(tasks, recording.task, file, number);
      const played = await replay(suite, task, recording, options.maxSteps);
      await output?.write(number, JSON.stringify(played));
      const result = compareReplay(recording, played, comparison);
      compared += result.compared;
      if (result.difference !== undefined) {
        differing++;
        first ??= { line: number, task: recording.task, difference: result.difference };
      }
      episodes++;
      steps += recording.steps.length;
      line.show(`${episodes} episodes, ${steps} steps`);
    }
    if (episodes === 0) throw new RecordError('it holds no recordings.', { file });
    await output?.close();
  } catch (error) {
    await output?.abandon();
    signal.throwIfAborted();
    throw error;
  } finally {
    line.clear();
    await suite.close?.();
  }
  const time = duration((performance.now() - started) / 1000);
  const summary = `${episodes} episodes, ${steps} steps played in ${time}`;
  if (first !== undefined) {
    process.stderr.write(
      `${file}, line ${first.line}, task ${first.task}\n${describeDifference(first.difference)}\n\n${summary}; ${differing} of ${episodes} episodes differ from what was recorded\n`,
    );
    process.exitCode = 1;
  } else if (compared > 0) {
    process.stderr.write(`${summary}; all ${compared} recorded answers are identical\n`);
  } else process.stderr.write(`${summary}; nothing was recorded to compare with\n`);
}

function findTask(tasks: TaskIndex, name: string, file: string, line: number) {
  try {
    return tasks.find(name);
  } catch (error) {
    if (!(error instanceof UnknownTaskError)) throw error;
    throw new RecordError(`${error.message}.`, { file, line, field: 'task' }, { cause: error });
  }
}

function isRecorded({ initialObservation, initialAdmissible, steps }: Recording): boolean {
  return (
    initialObservation !== undefined ||
    initialAdmissible !== undefined ||
    steps.some((step) => Object.entries(step).some(([key, value]) => key !== 'action' && value !== undefined))
  );
}

/** Null stands for what was not recorded; `game` and `won` are what ALFWorld's recorders call task and success. */
function parseRecording(text: string, file: string, line: number): Recording {
  const refuse = (problem: string, field?: string): never => {
    throw new RecordError(problem, { file, line, ...(field === undefined ? {} : { field }) });
  };
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON (${(error as Error).message}).`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return refuse('a line must be a JSON object.');
  const task = value['task'] ?? value['game'];
  if (typeof task !== 'string') return refuse('it must be a string: the id or path of a task.', 'task');
  const optional = <T>(
    holder: Record<string, unknown>,
    key: string,
    field: string,
    what: string,
    is: (v: unknown) => boolean,
  ): T | undefined => {
    const found = holder[key];
    if (found === undefined || found === null) return undefined;
    return is(found) ? (found as T) : refuse(`it must be ${what}.`, field);
  };
  const isText = (v: unknown): boolean => typeof v === 'string';
  const isTexts = (v: unknown): boolean => Array.isArray(v) && v.every(isText);
  const isFlag = (v: unknown): boolean => typeof v === 'boolean';
  const { actions, steps } = value;
  if (actions !== undefined && !isTexts(actions)) refuse('it must be a list of strings.', 'actions');
  if (actions === undefined && !Array.isArray(steps))
    refuse('give `actions`, a list of strings, or `steps`, a list of objects.', 'actions');
  const list = (actions as string[] | undefined)?.map((action) => ({ action })) ?? (steps as unknown[]);
  return {
    task,
    initialObservation: optional(value, 'initialObservation', 'initialObservation', 'a string', isText),
    initialAdmissible: optional(value, 'initialAdmissible', 'initialAdmissible', 'a list of strings', isTexts),
    steps: list.map((item, i): RecordedStep => {
      const place = `steps[${i}]`;
      if (item === null || typeof item !== 'object') return refuse('it must be an object.', place);
      const step = item as Record<string, unknown>;
      if (typeof step['action'] !== 'string') return refuse('it must be a string.', `${place}.action`);
      return {
        action: step['action'],
        observation: optional(step, 'observation', `${place}.observation`, 'a string', isText),
        admissible: optional(step, 'admissible', `${place}.admissible`, 'a list of strings', isTexts),
        reward: optional(step, 'reward', `${place}.reward`, 'a number', (v) => typeof v === 'number'),
        done: optional(step, 'done', `${place}.done`, 'true or false', isFlag),
        success:
          optional(step, 'success', `${place}.success`, 'true or false', isFlag) ??
          optional(step, 'won', `${place}.won`, 'true or false', isFlag),
      };
    }),
  };
}
