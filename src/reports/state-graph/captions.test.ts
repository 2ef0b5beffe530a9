import { describe, expect, test } from 'vitest';
import { captionBelow, captionOf, type Disc, leavesBelow, overlap, placeCaptions } from './captions.ts';
import { bow, type Curve, through } from './curves.ts';

const WORDS = ['You are at shelf', '1. On it: candle', '1, cup 2.'];
const disc = (x: number, y: number, loops = false): Disc => ({ x, y, radius: 10, loops, caption: WORDS });
const anchors = (...placed: Parameters<typeof placeCaptions>) => placeCaptions(...placed).map(({ anchor }) => anchor);
function arrow(discs: readonly Disc[], from: number, to: number): { from: number; to: number; curve: Curve } {
  return { from, to, curve: through({ from: discs[from], to: discs[to], start: 10, end: 11 }, []) };
}

describe('captions stand where they cover least', () => {
  test('to the right, and further where a loop is', () => {
    expect(anchors([disc(0, 0), disc(0, 80)], [])).toEqual(['start', 'start']);
    const [plain, looped] = [placeCaptions([disc(0, 0)], []), placeCaptions([disc(0, 0, true)], [])];
    expect(looped[0].x).toBeGreaterThan(plain[0].x);
  });

  test('to the left of a disc whose right neighbour is near; below between two', () => {
    expect(anchors([disc(0, 0), disc(60, 0)], [])).toEqual(['end', 'start']);
    expect(anchors([disc(0, 0), disc(60, 0), disc(120, 0)], [])).toEqual(['end', 'middle', 'start']);
  });

  test('not on an arrow, if another side has none; its own that leads on leaves below it', () => {
    const discs = [disc(0, 0), disc(200, 0), disc(0, 90)];
    expect(anchors(discs, [arrow(discs, 0, 1)])[0]).toBe('end');
    // Left, right and below: below is free, since that arrow leaves there.
    const four = [...discs, disc(-200, 0)];
    expect(anchors(four, [arrow(four, 0, 1), arrow(four, 0, 3), arrow(four, 0, 2)])[0]).toBe('middle');
    // But not one that comes from there.
    const up = [arrow(four, 0, 1), arrow(four, 0, 3), arrow(four, 2, 0)];
    expect(anchors(four, up)[0]).toBe('start');
  });

  test('below only where there is room, if that is said', () => {
    const row = [disc(0, 0), disc(60, 0), disc(120, 0)];
    expect(anchors(row, [], new Set())).not.toContain('middle');
  });

  test('over no disc and no other caption where places are far enough apart', () => {
    const discs = Array.from({ length: 40 }, (_, i) => disc(110 * (i % 8), 90 * Math.floor(i / 8), i % 3 === 0));
    const arrows = discs.flatMap((_, i) => {
      const to = (i * 7 + 3) % 40;
      return to === i ? [] : [{ from: i, to, curve: bow({ from: discs[i], to: discs[to], start: 10, end: 11 }) }];
    });
    const boxes = placeCaptions(discs, arrows).map(({ box }) => box);
    for (const [i, box] of boxes.entries()) {
      for (const other of boxes.slice(0, i)) expect(overlap(box, other)).toBe(false);
      for (const { x, y, radius } of discs) {
        expect(overlap(box, { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius })).toBe(false);
      }
    }
  });
});

test('an arrow leaves below a caption only to what is lower than the caption', () => {
  const { box } = captionBelow(disc(0, 0));
  expect(leavesBelow(box, disc(0, 100))).toBe(true);
  expect(leavesBelow(box, disc(0, 40))).toBe(false);
});

test('a caption is the first words, in at most three lines of at most 17 characters', () => {
  expect(captionOf('  You are   at shelf 1.\nOn it: nothing. ')).toEqual(['You are at shelf', '1. On it:', 'nothing.']);
  expect(captionOf('')).toEqual([]);
  const long = captionOf(`${'antidisestablishmentarianism '.repeat(9)}`);
  expect(long).toHaveLength(3);
  for (const line of long) expect([...line].length).toBeLessThanOrEqual(17);
  expect(long[2]).toMatch(/…$/);
  expect(captionOf('“Hello” — it’s a…')).toEqual(['“Hello” — it’s a…']);
  // Characters that are two letters wide.
  expect(captionOf('你在厨房里。你看到一个柜子、一个水槽和一张桌子。')).toEqual(['你在厨房里。你看…']);
});
