/**
 * Similarity of two texts as Python's `difflib.SequenceMatcher(None, a, b).ratio()` defines it: twice the characters
 * in matching blocks over all characters, where the blocks are found by taking the longest common substring and
 * searching left and right of it. Characters are code points, as in Python strings. Not symmetric in a and b.
 *
 * Python's autojunk rule is part of the definition: in a `b` of 200 characters or more, a character that makes up more
 * than 1 % (plus one) of it starts no match; it can still extend one.
 */
export function similarityRatio(a: string, b: string): number {
  return new SequenceMatcher(charactersOf(b)).ratio(charactersOf(a));
}

/** A text made ready for comparison: its characters, and how often each occurs. */
export interface Characters {
  readonly points: Int32Array;
  readonly counts: ReadonlyMap<number, number>;
}

/** The characters of a text as Python counts them: code points, a lone surrogate being one. */
export function charactersOf(text: string): Characters {
  const points = new Int32Array(text.length);
  const counts = new Map<number, number>();
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) i++;
    points[length++] = point;
    counts.set(point, (counts.get(point) ?? 0) + 1);
  }
  return { points: points.subarray(0, length), counts };
}

/** Compares many texts with one text `b`, indexed once. */
export class SequenceMatcher {
  private readonly b: Int32Array;
  private readonly counts: ReadonlyMap<number, number>;
  /** Where each character of b may start a match, ascending. */
  private readonly starts = new Map<number, number[]>();

  constructor({ points, counts }: Characters) {
    this.b = points;
    this.counts = counts;
    const most = points.length >= 200 ? Math.floor(points.length / 100) + 1 : points.length;
    for (let j = 0; j < points.length; j++) {
      if ((counts.get(points[j]) as number) > most) continue;
      const places = this.starts.get(points[j]);
      if (places === undefined) this.starts.set(points[j], [j]);
      else places.push(j);
    }
  }

  /** The ratio, 0 … 1; two empty texts are equal. */
  ratio({ points }: Characters): number {
    return ratioOf(this.matches(points), points.length + this.b.length);
  }

  /** Whether the ratio is at least `threshold`; spares the full comparison where the characters alone forbid it. */
  reaches(a: Characters, threshold: number): boolean {
    const length = a.points.length + this.b.length;
    if (ratioOf(Math.min(a.points.length, this.b.length), length) < threshold) return false;
    if (ratioOf(this.sharedCharacters(a.counts), length) < threshold) return false;
    return this.ratio(a) >= threshold;
  }

  /** Characters the two texts have in common in any order: no fewer than any matching can pair. */
  private sharedCharacters(counts: ReadonlyMap<number, number>): number {
    let shared = 0;
    for (const [point, count] of counts) shared += Math.min(count, this.counts.get(point) ?? 0);
    return shared;
  }

  /** Characters in matching blocks. */
  private matches(a: Int32Array): number {
    const b = this.b;
    const none: number[] = [];
    const startsOf: number[][] = new Array(a.length);
    for (let i = 0; i < a.length; i++) startsOf[i] = this.starts.get(a[i]) ?? none;
    // run[j] is the length of the common run that ends at (i, j − 1); shifted by one so that j = 0 has a predecessor.
    let before = new Int32Array(b.length + 1);
    let now = new Int32Array(b.length + 1);
    let total = 0;
    const open: [number, number, number, number][] = [[0, a.length, 0, b.length]];
    while (open.length > 0) {
      const [aLow, aHigh, bLow, bHigh] = open.pop() as [number, number, number, number];
      let i0 = aLow;
      let j0 = bLow;
      let size = 0;
      for (let i = aLow; i < aHigh; i++) {
        for (const j of startsOf[i]) {
          if (j < bLow) continue;
          if (j >= bHigh) break;
          const length = before[j] + 1;
          now[j + 1] = length;
          if (length > size) {
            i0 = i - length + 1;
            j0 = j - length + 1;
            size = length;
          }
        }
        if (i > aLow) for (const j of startsOf[i - 1]) before[j + 1] = 0;
        const done = before;
        before = now;
        now = done;
      }
      if (aHigh > aLow) for (const j of startsOf[aHigh - 1]) before[j + 1] = 0;
      while (i0 > aLow && j0 > bLow && a[i0 - 1] === b[j0 - 1]) {
        i0--;
        j0--;
        size++;
      }
      while (i0 + size < aHigh && j0 + size < bHigh && a[i0 + size] === b[j0 + size]) size++;
      if (size === 0) continue;
      total += size;
      if (aLow < i0 && bLow < j0) open.push([aLow, i0, bLow, j0]);
      if (i0 + size < aHigh && j0 + size < bHigh) open.push([i0 + size, aHigh, j0 + size, bHigh]);
    }
    return total;
  }
}

function ratioOf(matches: number, length: number): number {
  return length === 0 ? 1 : (2 * matches) / length;
}
