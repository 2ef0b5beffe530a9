import { Command } from 'commander';
import { needsDatabase } from '../needs-database.ts';
import { wholeNumber } from '../numbers.ts';
import type { ViewCommandOptions } from '../view/run-view.ts';

export function viewCommand(): Command {
  return new Command('view')
    .description('Look at runs in the browser: curves, episodes, and the credit of every step. Follows runs that grow.')
    .argument('[folders...]', 'run folders, or folders that hold some; default: runs')
    .option('-p, --port <number>', 'default: any that is free', wholeNumber(0, 65_535), 0)
    .option('--no-open', 'do not open the browser')
    .addHelpText(
      'after',
      '\nThe page is served to this machine alone, and to whoever has the address that is printed: it holds a key.',
    )
    .action(async (folders: string[], options: ViewCommandOptions) => {
      const { runView } = await needsDatabase(() => import('../view/run-view.ts'));
      await runView(folders.length === 0 ? ['runs'] : folders, options);
    });
}
