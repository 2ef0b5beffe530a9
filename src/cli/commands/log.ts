import { Command } from 'commander';
import { RunBusyError } from '../../runs/errors.ts';
import { replayRun } from '../../runs/loggers/index.ts';
import { RunFolder } from '../../runs/run-folder.ts';
import { isBusy, readStatus } from '../../runs/status.ts';
import { LOGGERS_HELP, type LoggerChoice, loggerOption, prepare } from '../loggers.ts';
import { ProgressLine } from '../progress.ts';

interface LogOptions {
  readonly logger: LoggerChoice;
  readonly all?: boolean;
}

export function logCommand(): Command {
  return new Command('log')
    .description(
      'Send the recorded metrics of a run to a logger: what it has not got yet. The run may have been trained without it.',
    )
    .argument('<run>', 'run folder')
    .requiredOption('-l, --logger <names>', 'tensorboard, wandb, trackio; repeatable', loggerOption)
    .option('--all', 'send everything again, also what was delivered before; no logger shows an iteration twice for it')
    .addHelpText('after', `\n${LOGGERS_HELP}`)
    .action(log);
}

async function log(folder: string, { logger: names, all = false }: LogOptions): Promise<void> {
  const run = await RunFolder.open(folder);
  const status = await readStatus(folder);
  if (status !== undefined && isBusy(status)) {
    throw new RunBusyError(folder, status);
  }
  const line = new ProgressLine();
  for (const logger of await prepare(names)) {
    if (logger.warning !== undefined) line.say(logger.warning);
    if (logger.start === undefined) continue;
    line.show(`sending to ${logger.name}`);
    const { sent, recorded, look } = await replayRun(run, logger, { all });
    const before = recorded - sent;
    line.say(
      `${logger.name}  ${sent} of ${recorded} iterations sent${before > 0 ? `, ${before} were there already` : ''}: ${look}`,
    );
  }
}
