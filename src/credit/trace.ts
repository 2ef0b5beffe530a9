/**
 * What an algorithm computes on the way to its advantages, filled in as it comes where somebody wants to know it. Without
 * a trace nothing is kept longer than it is needed: in a large batch memory that lives on costs more than the arithmetic.
 */
export type Trace<T> = { -readonly [K in keyof T]?: T[K] };

export function keep<T>(trace: Trace<T>, parts: Partial<T>): void {
  Object.assign(trace, parts);
}

/** What takes one part of a trace; undefined where nobody wants to know. */
export function into<T, K extends keyof T>(trace: Trace<T> | undefined, key: K): ((part: T[K]) => void) | undefined {
  if (trace === undefined) return undefined;
  return (part) => {
    trace[key] = part;
  };
}
