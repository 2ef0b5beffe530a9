import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ALGORITHM_NAMES,
  ALGORITHMS,
  type AlgorithmName,
  batchFromEpisodes,
  type CreditColumn,
  type CreditOptions,
  type EpisodeRecord,
  explainCredit,
} from '../src/credit/index.ts';

const [, section] = readFileSync(new URL('../docs/credit.md', import.meta.url), 'utf8').split(
  /^## (?:Why a step got its credit|The laboratory)$/m,
);
const theEpisodes = /^\*The episode's\*: .*$/m.exec(section)?.[0] as string;

/** The cells with the terms and the quantities of an algorithm. */
function cellsOf(name: AlgorithmName): string[] {
  const row = section.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) as string;
  return row.split(' | ').slice(1);
}

/** Options that together make all columns there can be, of one context in hgpo. */
function variants(name: AlgorithmName): CreditOptions[] {
  const options: CreditOptions = { invalidActionPenalty: 0.1 };
  if (name === 'gagpo') return [options, { ...options, broadcast: true }];
  if (name === 'hgpo') return [{ ...options, base: true, history: 0 }];
  return [options];
}

describe.each(ALGORITHM_NAMES)('the table tells the columns of %s', (name) => {
  const explanations = variants(name).map((options) => explainCredit(batchFromEpisodes([]), name, options));
  const cells = cellsOf(name);
  test.each([
    ['terms', cells[0], explanations.flatMap(({ terms }) => terms)],
    ['quantities', cells[1].replace("*the episode's*", theEpisodes), explanations.flatMap((e) => e.quantities)],
  ] as [string, string, CreditColumn[]][])('%s', (_kind, told, columns) => {
    for (const column of columns) expect(told).toContain(`\`${column.name}\` ${column.symbol}`);
    const names = [...told.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
    // Of hgpo's terms the table shows two, so that one sees how they go on.
    const others = [...Object.keys(ALGORITHMS[name].rules), '2 states'];
    const known = new Set(columns.map((column) => column.name));
    expect(names.filter((word) => !known.has(word) && !others.includes(word))).toEqual([]);
  });
});

test('the worked example has the numbers that the code gives', () => {
  const walk = (to: string, reward: number): EpisodeRecord => ({
    group: 'g',
    steps: [
      { observation: 'hall', reward: 0 },
      { observation: to, reward },
    ],
  });
  const batch = batchFromEpisodes([walk('kitchen', 10), walk('kitchen', 2), walk('cellar', 0), walk('cellar', 0)]);
  const { advantages, terms, quantities } = explainCredit(batch, 'gagpo', { gamma: 0.5, lambda: 0.5 });
  const rounded = (values: Float64Array) =>
    Array.from(values.subarray(0, 2), (x) => (Number.isNaN(x) ? null : Math.round(1000 * x) / 1000));
  const table = (columns: readonly CreditColumn[]) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, rounded(values)]));
  expect(JSON.parse(/```json\n(.*)\n```/.exec(section)?.[1] as string)).toEqual({
    group: 'g',
    id: 'won',
    advantages: rounded(advantages),
    explanation: { terms: table(terms), quantities: table(quantities) },
  });
  const shown = [...section.matchAll(/\| ([^|]+?) +\|$/gm)].map(([, cell]) => Number(cell.replace('−', '-')));
  const wanted = [0, 1, 2, 3, 4, 5].map((t) => Math.round(1000 * advantages[t]) / 1000 + 0);
  expect(shown.filter((x) => !Number.isNaN(x))).toEqual(wanted);
});
