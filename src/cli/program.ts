import { Command } from 'commander';
import { algorithmsCommand } from './commands/algorithms.ts';
import { chatCommand } from './commands/chat.ts';
import { compareCommand } from './commands/compare.ts';
import { creditCommand } from './commands/credit.ts';
import { doctorCommand } from './commands/doctor.ts';
import { environmentsCommand } from './commands/environments.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { labCommand } from './commands/lab.ts';
import { logCommand } from './commands/log.ts';
import { mergeCommand } from './commands/merge.ts';
import { playCommand } from './commands/play.ts';
import { replayCommand } from './commands/replay.ts';
import { serveCommand } from './commands/serve.ts';
import { sqlCommand } from './commands/sql.ts';
import { trainCommand } from './commands/train.ts';
import { viewCommand } from './commands/view.ts';
import { warmupCommand } from './commands/warmup.ts';
import { versions } from './version.ts';

/** The command line. */
export function program(): Command {
  return new Command('turnwise')
    .description('Train multi-turn language-model agents with step-level reinforcement learning, inside Node.')
    .version(versions().turnwise)
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .addCommand(trainCommand())
    .addCommand(compareCommand())
    .addCommand(evaluateCommand())
    .addCommand(warmupCommand())
    .addCommand(logCommand())
    .addCommand(mergeCommand())
    .addCommand(serveCommand())
    .addCommand(chatCommand())
    .addCommand(playCommand())
    .addCommand(creditCommand())
    .addCommand(viewCommand())
    .addCommand(sqlCommand())
    .addCommand(exportCommand())
    .addCommand(labCommand())
    .addCommand(replayCommand())
    .addCommand(doctorCommand())
    .addCommand(environmentsCommand())
    .addCommand(algorithmsCommand());
}
