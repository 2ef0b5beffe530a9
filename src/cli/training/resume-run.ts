import { RunBusyError } from '../../runs/errors.ts';
import { RunFolder } from '../../runs/run-folder.ts';
import { isBusy, readStatus } from '../../runs/status.ts';
import { configSchema } from '../../training/config.ts';
import { ConfigError, checkConfig } from '../load-config.ts';
import { type LoggerChoice, prepare } from '../loggers.ts';
import type { ProgressLine } from '../progress.ts';
import { openSetup } from '../setup.ts';
import { trainRun } from './train-run.ts';

/** What may be given with `--resume`; anything else would be another run than the one that was begun. */
export interface ResumeOptions {
  readonly iterations?: number;
  readonly logger?: LoggerChoice;
}

const ALLOWED: ReadonlySet<string> = new Set<keyof ResumeOptions | 'resume'>(['resume', 'iterations', 'logger']);

/**
 * Goes on with a run from its last checkpoint, to the iterations it was planned for or to as many as are asked for now.
 *
 * @param options as they were given, whichever those are
 * @throws ConfigError where an option cannot be combined with resuming; RunBusyError where another process trains the run
 */
export async function resumeRun(
  folder: string,
  options: ResumeOptions & object,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<void> {
  refuseOthers(folder, options);
  const run = await RunFolder.open(folder);
  const status = await readStatus(run.path);
  if (status !== undefined && isBusy(status)) throw new RunBusyError(run.path, status);
  const planned = checkConfig(configSchema, await run.config());
  const done = await run.latest();
  const iterations = options.iterations ?? planned.iterations;
  if (done !== undefined && iterations < done) {
    throw new ConfigError(
      `--iterations ${iterations}: ${folder} has ${done} iterations already. Give more than that, or leave it out to go on to ${planned.iterations}.`,
    );
  }
  if (status?.state === 'finished' && done === iterations) {
    line.say(
      `${folder} is finished: ${done} of ${planned.iterations} iterations. To train it longer: turnwise train --resume ${folder} --iterations ${2 * done}`,
    );
    return;
  }
  const config = { ...planned, iterations };
  if (iterations !== planned.iterations && config.optimizer.schedule !== 'constant') {
    line.say(
      `The learning rate (${config.optimizer.schedule}) now falls over ${iterations} iterations instead of ${planned.iterations}: it goes on higher or lower than where it stood.`,
    );
  }
  const loggers = await prepare(options.logger ?? config.loggers);
  await trainRun(config, await openSetup(config), run, done, { loggers, strict: true }, line, signal);
}

function refuseOthers(folder: string, options: object): void {
  const given = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !ALLOWED.has(name))
    .map(([name]) => `--${name}`);
  if (given.length === 0) return;
  throw new ConfigError(
    `${given.join(', ')} cannot be given with --resume: a run keeps the configuration it was begun with (${folder}/config.json). Only --iterations and --logger can change. To train its model in another way, begin a new run from it: turnwise train --model ${folder}`,
  );
}
