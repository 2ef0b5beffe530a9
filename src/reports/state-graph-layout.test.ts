import { expect, test } from 'vitest';
import { wanderingReport } from './credit-report.test-support.ts';
import { layoutStateGraph } from './state-graph-layout.ts';

const [group] = wanderingReport({ groups: 1, episodes: 16, steps: 250, states: 250, algorithms: 1 }).groups;

test('every node of a large graph has a place of its own inside the drawing, and every edge a path', () => {
  const began = performance.now();
  const { width, height, nodes, edges } = layoutStateGraph(group);
  console.log(`layout of ${nodes.length} nodes and ${edges.length} edges: ${Math.round(performance.now() - began)} ms`);
  expect(nodes).toHaveLength(group.nodes.length);
  expect(edges).toHaveLength(group.edges.length);
  for (const [i, a] of nodes.entries()) {
    expect(a.x >= a.radius && a.x <= width - a.radius && a.y >= a.radius && a.y <= height - a.radius).toBe(true);
    for (const b of nodes.slice(0, i)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.radius + b.radius);
  }
  for (const { path, head, width } of edges) {
    expect(path).toMatch(/^M-?[\d.]+,-?[\d.]+[LQC]/);
    expect(head).toMatch(/^M.*Z$/);
    expect(width).toBeGreaterThan(0);
  }
});

test('the same group is drawn the same way', () => {
  expect(layoutStateGraph(group)).toEqual(layoutStateGraph(group));
});

test('a state stands below the one it was discovered from, and more visits make a larger disc', () => {
  const edge = (from: number, to: number) => ({ from, to, count: 1 });
  const { nodes, edges } = layoutStateGraph({
    group: 'g',
    nodes: [
      { text: 'start', visits: 1 },
      { text: 'a long observation that goes on and on, far beyond what a caption can hold', visits: 4 },
      { text: '\u{1F600}'.repeat(40), visits: 1 },
      { text: '', visits: 1 },
    ],
    edges: [edge(0, 1), edge(1, 2), edge(2, 1), edge(1, 1), edge(1, 3)],
    episodes: [{ steps: [0, 1, 2, 1, 1].map((node) => ({ node })) }],
  });
  expect(nodes[0].y).toBeLessThan(nodes[1].y);
  expect(nodes[1].y).toBeLessThan(nodes[2].y);
  expect(nodes[1].y).toBeLessThan(nodes[3].y);
  expect(nodes[1].radius).toBeGreaterThan(nodes[0].radius);
  expect(nodes[1].caption.join(' ')).toMatch(/^a long .*…$/);
  expect([...nodes[2].caption[0]].every((c) => c === '\u{1F600}' || c === '…')).toBe(true);
  expect(new Set(edges.map(({ path }) => path)).size).toBe(5);
});

test('an edge or a step to a node that is not there is refused', () => {
  const edge = { from: 0, to: 99_999, count: 1, advantages: [0] };
  expect(() => layoutStateGraph({ ...group, edges: [edge] })).toThrow(/names node 99999/);
});
