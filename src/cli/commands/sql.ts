import { Command, Option } from 'commander';
import { needsDatabase } from '../needs-database.ts';
import { describeTables } from '../sql/describe-tables.ts';
import { FORMATS } from '../sql/format-answer.ts';
import type { SqlCommandOptions } from '../sql/run-sql.ts';

export function sqlCommand(): Command {
  return new Command('sql')
    .usage('[options] [folders...] [query]')
    .description('Ask runs with SQL: their metrics, evaluations, episodes and steps as tables.')
    .argument(
      '[words...]',
      'run folders, or folders that hold some (default: runs), and a query; - reads it from standard input; without one: the tables there are',
    )
    .addOption(new Option('-f, --format <kind>', 'how rows are written').choices(FORMATS).default('table'))
    .option(
      '-o, --out <file>',
      'where they go, in place of what is there; gzip where it ends in .gz; default: standard output',
    )
    .addHelpText(
      'after',
      `
The SQL is DuckDB's. It can read the runs and change nothing: neither runs nor other files, and no network. Tables and views
of its own may be made before it, with semicolons between them; of questions one is answered at a time.

${describeTables()}`,
    )
    .action(async (words: string[], options: SqlCommandOptions) => {
      const { runSql } = await needsDatabase(() => import('../sql/run-sql.ts'));
      await runSql(words, options);
    });
}
