import { expect, test } from 'vitest';
import { wanderingReport } from '../credit-report.test-support.ts';
import { overlap } from './captions.ts';
import { layoutStateGraph } from './layout.ts';

const [group] = wanderingReport({ groups: 1, episodes: 16, steps: 250, states: 250, algorithms: 1 }).groups;

const drawn = layoutStateGraph(group);

test('every node of a large graph has a place of its own inside the drawing, and every edge a path', () => {
  const { width, height, nodes, edges } = drawn;
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

test('an arrow that leads on leaves below the caption below its disc; elsewhere at the rim', () => {
  const { nodes, edges } = drawn;
  const kinds = new Set<string>();
  for (const [e, { from, to }] of group.edges.entries()) {
    if (from === to) continue;
    const [x, y] = /^M([-\d.]+),([-\d.]+)/.exec(edges[e].path)!.slice(1).map(Number);
    const disc = nodes[from];
    const bottom = disc.y + disc.captionAt.y + 11 * (disc.caption.length - 1);
    const leadsOn = disc.captionAt.anchor === 'middle' && nodes[to].y - nodes[to].radius > bottom + 8;
    if (leadsOn) expect(y).toBeGreaterThan(bottom);
    else if (disc.captionAt.anchor !== 'middle') expect(Math.hypot(x - disc.x, y - disc.y)).toBeCloseTo(disc.radius, 0);
    kinds.add(`${leadsOn} ${disc.captionAt.anchor}`);
  }
  expect([...kinds].sort()).toEqual(['false end', 'false middle', 'false start', 'true middle']);
});

test.each(['https://example.org/a/long/way', '你在厨房里。你看到一个柜子、一个水槽'])(
  'states side by side with the widest captions keep them off each other and off the discs: %s',
  (text) => {
    const count = 8;
    const { nodes } = layoutStateGraph({
      group: 'wide',
      nodes: [
        { text: 'start', visits: count },
        ...Array.from({ length: count }, () => ({ text: `${text} ${text} ${text}`, visits: 9 })),
      ],
      edges: Array.from({ length: count }, (_, k) => ({ from: 0, to: k + 1, count: 1 })),
      episodes: Array.from({ length: count }, (_, k) => ({ steps: [{ node: 0 }, { node: k + 1 }] })),
    });
    const boxes = nodes.slice(1).map(({ x, y, caption, captionAt }) => {
      const width =
        5.6 * Math.max(...caption.map((line) => [...line].length * (text < 'z' ? 1 : 2) - (text < 'z' ? 0 : 1)));
      const left = x + captionAt.x - { start: 0, middle: width / 2, end: width }[captionAt.anchor];
      const top = y + captionAt.y - 9;
      return { left, right: left + width, top, bottom: top + 11 * caption.length };
    });
    for (const [i, box] of boxes.entries()) {
      for (const other of boxes.slice(0, i)) expect(overlap(box, other)).toBe(false);
      for (const { x, y, radius } of nodes) {
        expect(overlap(box, { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius })).toBe(false);
      }
    }
  },
);

test('captions and arrows lie inside the drawing', () => {
  const { width, height, nodes, edges } = drawn;
  for (const { x, y, caption, captionAt } of nodes) {
    const long = 5 * Math.max(0, ...caption.map((line) => line.length));
    const left = x + captionAt.x - { start: 0, middle: long / 2, end: long }[captionAt.anchor];
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left + long).toBeLessThanOrEqual(width);
    expect(y + captionAt.y + 11 * (caption.length - 1)).toBeLessThanOrEqual(height);
  }
  for (const { path } of edges) {
    // Ends of pieces; a control point may lie outside.
    for (const [, x, y] of path.matchAll(/[M ]([-\d.]+),([-\d.]+)/g)) {
      expect(Number(x) >= 0 && Number(x) <= width && Number(y) >= 0 && Number(y) <= height).toBe(true);
    }
  }
});

test('the same group is drawn the same way', () => {
  expect(layoutStateGraph(group)).toEqual(drawn);
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
