import { Command } from 'commander';
import {
  ALGORITHM_NAMES,
  ALGORITHMS,
  type Algorithm,
  batchFromEpisodes,
  type CreditColumn,
  explainCredit,
  findAlgorithm,
  OPTION_RULES,
  type OptionName,
} from '../../credit/index.ts';
import { table } from '../table.ts';

export function algorithmsCommand(): Command {
  return new Command('algorithms')
    .description('List the credit-assignment algorithms and their options.')
    .argument('[name]', 'show the options of one, and what its advantages are made of')
    .action((name?: string) => {
      console.log(name === undefined ? list() : describe(name));
    });
}

function list(): string {
  const rows = ALGORITHM_NAMES.map((name) => {
    const a: Algorithm = ALGORITHMS[name];
    return [name, a.paper.arxiv === undefined ? 'our own' : `arXiv ${a.paper.arxiv}`, a.description];
  });
  return `${table(['name', 'paper', 'what it does'], rows)}\n\nOptions: turnwise algorithms NAME. Use: --set credit.algorithm=NAME --set credit.options.KEY=VALUE`;
}

function describe(name: string): string {
  const a = findAlgorithm(name);
  const rows = Object.entries(a.defaults).map(([option, value]) => [
    option,
    JSON.stringify(value),
    (a.rules[option] ?? OPTION_RULES[option as OptionName]).description,
  ]);
  // Which columns there are is told by the options alone.
  const { terms, quantities } = explainCredit(batchFromEpisodes([]), name);
  return [
    `${name}: ${a.description}\n${a.paper.title}${a.paper.arxiv === undefined ? '' : `, arXiv ${a.paper.arxiv}`}`,
    table(['option', 'default', 'meaning'], rows),
    `An advantage is the sum of these terms (turnwise credit --explain):\n\n${columns(terms)}`,
    `which are computed from these quantities:\n\n${columns(quantities)}`,
  ].join('\n\n');
}

function columns(list: readonly CreditColumn[]): string {
  return table(
    ['name', 'symbol', 'meaning'],
    list.map((column) => [column.name, column.symbol, column.description]),
  );
}
