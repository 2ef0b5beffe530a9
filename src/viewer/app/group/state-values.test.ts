import { expect, test } from 'vitest';
import type { CreditView, EpisodeView, GraphNode, GroupView } from '../../api.ts';
import { stateValues, valueRange } from './state-values.ts';

const node = (meanReturn: number, end?: 'success'): GraphNode => ({ meanReturn, ...(end && { end }) }) as GraphNode;
const walk = (firstRow: number, nodes: readonly number[]): EpisodeView =>
  ({ firstRow, steps: nodes.map((at) => ({ node: at })) }) as unknown as EpisodeView;
const credit = (name: string, values: readonly (number | null)[]): CreditView =>
  ({
    algorithm: 'gagpo',
    quantities: [{ name, symbol: 'V̄(s_t)', description: 'Mean of G.', values }],
  }) as unknown as CreditView;

const graph = { nodes: [node(7.81), node(3), node(5), node(10, 'success')] } as unknown as GroupView['graph'];
// The last episode has no credit: its environment failed.
const episodes = [walk(0, [0, 1, 0]), walk(3, [1]), walk(-1, [2])];

test('a state shows the value that the algorithm computed with, by its name', () => {
  const worth = stateValues({ graph, episodes, credit: credit('value', [-4.3, 2, -4.3, 4]) });
  expect(worth.values).toEqual([-4.3, 3, null, 10]);
  expect(worth).toMatchObject({ symbol: 'V̄(s)', title: 'value V̄(s) by gagpo', description: 'Mean of G.' });
  expect(valueRange(graph, worth)).toEqual([-4.3, 3]);
});

test('where the algorithm values no state, the mean return stands under a name of its own', () => {
  for (const other of [null, credit('distance', [1, 2, 3, 4])]) {
    const worth = stateValues({ graph, episodes, credit: other });
    expect(worth.values).toEqual([7.81, 3, 5, 10]);
    expect(worth.symbol).toBeUndefined();
    expect(worth.title).toContain('without penalties');
  }
});

test('a group without steps has no range of values', () => {
  const none = { nodes: [] } as unknown as GroupView['graph'];
  expect(valueRange(none, stateValues({ graph: none, episodes: [], credit: null }))).toBeUndefined();
});
