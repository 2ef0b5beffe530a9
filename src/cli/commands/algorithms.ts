import { Command } from 'commander';
import {
  ALGORITHM_NAMES,
  ALGORITHMS,
  type Algorithm,
  findAlgorithm,
  OPTION_RULES,
  type OptionName,
} from '../../credit/index.ts';
import { table } from '../table.ts';

export function algorithmsCommand(): Command {
  return new Command('algorithms')
    .description('List the credit-assignment algorithms and their options.')
    .argument('[name]', 'show the options of one')
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
  return `${name}: ${a.description}\n${a.paper.title}${a.paper.arxiv === undefined ? '' : `, arXiv ${a.paper.arxiv}`}\n\n${table(['option', 'default', 'meaning'], rows)}`;
}
