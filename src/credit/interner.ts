/**
 * Numbers texts 0, 1, 2, … in order of first appearance.
 *
 * A hash map of strings reads every character of every new string, which for observations of some hundred characters
 * costs more than all the arithmetic of credit assignment. Here a fingerprint of a few characters finds the candidates,
 * and only those are compared in full. Texts that differ in none of these characters share a fingerprint; once that
 * happens too often, they go to a hash map, so that no choice of texts makes this slow.
 */
export class Interner {
  readonly texts: string[] = [];
  /** Of each fingerprint the text met last, or CROWDED. */
  private readonly latest = new Map<number, number>();
  /** Of each text the one met before it with the same fingerprint, or −1. */
  private readonly earlier: number[] = [];
  private readonly crowd = new Map<string, number>();

  /** The number of a text, which is given one if it has none yet. */
  idOf(text: string): number {
    const print = fingerprint(text);
    const newest = this.latest.get(print);
    if (newest === CROWDED) {
      const known = this.crowd.get(text);
      if (known !== undefined) return known;
      this.crowd.set(text, this.texts.length);
      return this.add(text, -1);
    }
    let met = 0;
    for (let id = newest ?? -1; id >= 0; id = this.earlier[id]) {
      if (this.texts[id] === text) return id;
      met++;
    }
    if (met < MOST_CANDIDATES) {
      this.latest.set(print, this.texts.length);
      return this.add(text, newest ?? -1);
    }
    for (let id = newest as number; id >= 0; id = this.earlier[id]) this.crowd.set(this.texts[id], id);
    this.crowd.set(text, this.texts.length);
    this.latest.set(print, CROWDED);
    return this.add(text, -1);
  }

  private add(text: string, earlier: number): number {
    this.earlier.push(earlier);
    return this.texts.push(text) - 1;
  }
}

const CROWDED = -1;
const MOST_CANDIDATES = 8;
/** Characters looked at from the beginning, from the end, and spread over a longer text. */
const EDGE = 8;
const SPREAD = 16;

function fingerprint(text: string): number {
  const n = text.length;
  let hash = n;
  const whole = n <= 2 * EDGE + SPREAD;
  const head = whole ? n : EDGE;
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  if (whole) return hash;
  for (let k = 1; k <= SPREAD; k++) {
    hash = Math.imul(hash ^ text.charCodeAt(Math.floor((k * n) / (SPREAD + 1))), 0x01000193);
  }
  for (let i = n - EDGE; i < n; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
