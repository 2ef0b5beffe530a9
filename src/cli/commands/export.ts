import { Command } from 'commander';
import type { ExportCommandOptions } from '../export/run-export.ts';
import { needsDatabase } from '../needs-database.ts';
import { wholeNumber } from '../numbers.ts';

export function exportCommand(): Command {
  return new Command('export')
    .description('Take runs elsewhere: as Parquet files, or as one HTML page that holds what it shows.')
    .argument('<run...>', 'run folders, or folders that hold some')
    .option(
      '--parquet <folder>',
      'runs, metrics, evaluations, episodes and steps as Parquet files; those that are there are replaced',
    )
    .option(
      '-o, --out <file.html>',
      'the viewer with all curves and some groups, in one file; one that is there is replaced',
    )
    .option('--iteration <n>', 'groups of this iteration', wholeNumber(0))
    .option('--group <name>', 'this group')
    .option(
      '--episode <id>',
      'the group of this episode; where several iterations have one of that name, give --iteration too',
    )
    .option('--evaluation <name>', 'of an evaluation, for example held-out, in place of training')
    .addHelpText(
      'after',
      `
Without --iteration, --group and --episode the page holds groups from the first iteration to the last, rather those where
some episodes succeeded and some did not. It says what it left out, and needs nothing but a browser.`,
    )
    .action(async (runs: string[], options: ExportCommandOptions) => {
      const { runExport } = await needsDatabase(() => import('../export/run-export.ts'));
      await runExport(runs, options);
    });
}
