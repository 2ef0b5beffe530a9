import { TABLES } from '../../database/tables.ts';
import { table } from '../table.ts';

/** Tables and columns with a sentence each, and what can be asked of them. */
export function describeTables(): string {
  const parts = TABLES.map(({ name, description, columns }) => {
    const rows = columns.map((column) => [`  ${column.name}`, column.type, column.description]);
    // Without the heading that every table would repeat.
    const lines = table(['', '', ''], rows).split('\n').slice(2);
    return [`${name}: ${description}`, ...lines].join('\n');
  });
  return [...parts, EXAMPLES].join('\n\n');
}

const EXAMPLES = `Examples:

  How each run did on held-out tasks at its end:
    turnwise sql runs "SELECT algorithm, seed, arg_max(success_rate, v.iteration) AS held_out
      FROM evaluations v JOIN runs USING (run) GROUP BY ALL ORDER BY held_out DESC"

  Which actions got the most credit, and how often they were invalid:
    turnwise sql runs/my-run "SELECT action, count(*) AS n, avg(advantage) AS credit, avg((NOT valid)::INT) AS invalid
      FROM steps WHERE kind = 'train' GROUP BY action HAVING n > 20 ORDER BY credit DESC LIMIT 20"

  The success rate of every run, smoothed over ten iterations, as CSV:
    turnwise sql runs --format csv --out success.csv "SELECT run, iteration, avg(value) OVER
      (PARTITION BY run ORDER BY iteration ROWS 9 PRECEDING) AS smoothed FROM metrics WHERE name = 'episode/success_rate'"`;
