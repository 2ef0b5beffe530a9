import { type Curve, LOOP, type Point, pointsOn } from './curves.ts';

/** Letters in a line of a caption, and lines. */
const LETTERS = 17;
export const CAPTION_LINES = 3;
/** Height of a line, and width of a letter, px, at 10 px type. */
export const LINE = 11;
const LETTER = 5.6;
/** Of the longest line, px. */
export const CAPTION_WIDTH = LETTERS * LETTER;
/** Between a disc and its caption, px. */
const GAP = 7;
/** Between the points of an arrow that are looked at, less than a caption's height; and the side of a cell they are kept in, px. */
const SPACING = 8;
const CELL = 40;

/** Where a caption stands, relative to the centre of its disc: the baseline of its first line, px. */
export interface CaptionPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** A rectangle of the drawing, px. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface PlacedCaption extends CaptionPlace {
  readonly box: Box;
}

/** A disc of the drawing with its words. */
export interface Disc extends Point {
  readonly radius: number;
  /** Whether a loop leaves it at its right. */
  readonly loops: boolean;
  readonly caption: readonly string[];
}

/** The first words of a text, in lines. */
export function captionOf(text: string): string[] {
  const words = text.trim().split(/\s+/, LETTERS);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && lettersIn(line) + 1 + lettersIn(word) > LETTERS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  const shown = lines.slice(0, CAPTION_LINES).map((l) => cut(l, LETTERS));
  if (lines.length > CAPTION_LINES) {
    const last = CAPTION_LINES - 1;
    shown[last] = `${cut(shown[last], LETTERS - 1).replace(/…$/, '')}…`;
  }
  return shown;
}

/** At most as wide as so many letters; whole code points. */
function cut(text: string, letters: number): string {
  if (lettersIn(text) <= letters) return text;
  let kept = '';
  let width = 1;
  for (const character of text) {
    width += lettersIn(character);
    if (width > letters) break;
    kept += character;
  }
  return `${kept}…`;
}

/** How wide a text is, in letters: Hangul, and all from the ideographs on (kana, full-width forms, emoji), counts as two wide. */
function lettersIn(text: string): number {
  let count = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    count += code >= 0x2e80 || (code >= 0x1100 && code < 0x1160) ? 2 : 1;
  }
  return count;
}

/**
 * Puts each caption to the right of its disc, to the left or below, where it covers least: no disc and no other caption if that can be
 * had, and few arrows. An arrow that leads on downward leaves below a caption that stands there, so it counts nothing.
 *
 * @param arrows with the disc each leaves and the one it reaches
 * @param below the discs that have room below; undefined: all
 * @returns (discs)
 */
export function placeCaptions(
  discs: readonly Disc[],
  arrows: readonly { readonly from: number; readonly to: number; readonly curve: Curve }[],
  below?: ReadonlySet<number>,
): PlacedCaption[] {
  const crossing = new PointGrid();
  for (const [e, { from, to, curve }] of arrows.entries()) {
    if (from !== to) for (const point of pointsOn(curve, SPACING)) crossing.add(point, e);
  }
  const taken: Box[] = [];
  const placed: PlacedCaption[] = new Array(discs.length);
  const order = discs.map((_, i) => i).sort((a, b) => discs[a].y - discs[b].y || discs[a].x - discs[b].x);
  for (const i of order) {
    let least = Number.POSITIVE_INFINITY;
    const places = [captionBeside(discs[i]), level(discs[i], -discs[i].radius - GAP, 'end')];
    if (below === undefined || below.has(i)) places.push(captionBelow(discs[i]));
    for (const place of places) {
      const cost = discs[i].caption.length === 0 ? 0 : costOf(place);
      if (cost >= least) continue;
      least = cost;
      placed[i] = place;
    }
    if (discs[i].caption.length > 0) taken.push(placed[i].box);

    function costOf({ box, anchor }: PlacedCaption): number {
      let cost = 0;
      for (const [o, disc] of discs.entries()) if (o !== i && overlap(box, around(disc))) cost += 100;
      for (const other of taken) if (overlap(box, other)) cost += 100;
      for (const e of crossing.within(box)) {
        const { from, to } = arrows[e];
        if (anchor !== 'middle' || from !== i || !leavesBelow(box, discs[to])) cost += 1;
      }
      return cost;
    }
  }
  return placed;
}

/** Whether an arrow to a disc leaves below the caption that stands below its own disc. */
export function leavesBelow(caption: Box, { y, radius }: Disc): boolean {
  return y - radius > caption.bottom;
}

/** The place to the right of a disc. */
export function captionBeside(disc: Disc): PlacedCaption {
  const left = disc.radius + GAP + (disc.loops ? LOOP.beyond : 0);
  return level(disc, left, 'start');
}

function level({ x, y, caption }: Disc, at: number, anchor: 'start' | 'end'): PlacedCaption {
  const half = (LINE * caption.length) / 2 + 1;
  const width = widthOf(caption);
  const left = x + at - (anchor === 'end' ? width : 0);
  return {
    x: at,
    y: 3.5 - (LINE * (caption.length - 1)) / 2,
    anchor,
    box: { left, right: left + width, top: y - half, bottom: y + half },
  };
}

/** The place below a disc. */
export function captionBelow({ x, y, radius, caption }: Disc): PlacedCaption {
  const half = widthOf(caption) / 2;
  const top = y + radius + 2;
  const box = { left: x - half, right: x + half, top, bottom: top + LINE * caption.length + 2 };
  return { x: 0, y: radius + LINE, anchor: 'middle', box };
}

function widthOf(caption: readonly string[]): number {
  return LETTER * Math.max(0, ...caption.map(lettersIn));
}

function around({ x, y, radius, loops }: Disc): Box {
  const half = radius + 3;
  return { left: x - half, right: x + (loops ? radius + LOOP.beyond : half), top: y - half, bottom: y + half };
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Points that are found by where they are. */
class PointGrid {
  private readonly cells = new Map<number, (Point & { readonly owner: number })[]>();

  add({ x, y }: Point, owner: number): void {
    const key = keyOf(Math.floor(x / CELL), Math.floor(y / CELL));
    const cell = this.cells.get(key);
    if (cell === undefined) this.cells.set(key, [{ x, y, owner }]);
    else cell.push({ x, y, owner });
  }

  /** The owners of the points in a box. */
  within({ left, top, right, bottom }: Box): Set<number> {
    const owners = new Set<number>();
    for (let column = Math.floor(left / CELL); column <= right / CELL; column++) {
      for (let row = Math.floor(top / CELL); row <= bottom / CELL; row++) {
        for (const { x, y, owner } of this.cells.get(keyOf(column, row)) ?? []) {
          if (x > left && x < right && y > top && y < bottom) owners.add(owner);
        }
      }
    }
    return owners;
  }
}

/** Distinct for any column and row within 2²⁵ of zero. */
function keyOf(column: number, row: number): number {
  return column * 2 ** 26 + row;
}
