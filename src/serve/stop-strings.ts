/** Finds the first of several strings in a text that comes in pieces, and holds back what could still become one. */
export class StopStrings {
  private readonly stops: readonly string[];
  private held = '';
  /** The string that was found. */
  found: string | undefined;

  /** @param stops not empty strings */
  constructor(stops: readonly string[]) {
    this.stops = stops;
  }

  /** What comes before any stop string, as far as that is certain. After one was found, nothing. */
  push(piece: string): string {
    if (this.found !== undefined) return '';
    const text = this.held + piece;
    const first = this.first(text);
    if (first !== undefined) {
      this.found = first.stop;
      this.held = '';
      return text.slice(0, first.at);
    }
    const certain = text.length - this.pending(text);
    this.held = text.slice(certain);
    return text.slice(0, certain);
  }

  /** What was held back, when the text is over. */
  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }

  /**
   * The stop string that is complete first, and of several that end together the longest: so the answer does not depend on where the
   * pieces begin.
   */
  private first(text: string): { at: number; stop: string } | undefined {
    let first: { at: number; stop: string } | undefined;
    for (const stop of this.stops) {
      const at = text.indexOf(stop);
      if (at < 0) continue;
      const later = first === undefined ? -1 : at + stop.length - (first.at + first.stop.length);
      if (later < 0 || (later === 0 && stop.length > first!.stop.length)) first = { at, stop };
    }
    return first;
  }

  /** Length of the longest end of the text that some stop string begins with. */
  private pending(text: string): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let n = Math.min(stop.length - 1, text.length); n > longest; n--) {
        if (text.endsWith(stop.slice(0, n))) longest = n;
      }
    }
    return longest;
  }
}
