import type { LoggedIteration } from '../metric-logger.ts';

/** Names that W&B gives to what it keeps with every row. */
export interface Row {
  readonly [name: string]: number;
}

/** A row of W&B's history: the metrics, the step, when it was (seconds since 1970) and how long after the run's beginning (s). */
export function historyRow({ iteration, time, values }: LoggedIteration, startedAt: Date): Row {
  return {
    ...values,
    _step: iteration,
    _timestamp: time / 1000,
    _runtime: Math.max(0, (time - startedAt.getTime()) / 1000),
  };
}

/** A number as W&B writes it in JSON, which knows NaN and infinities there. */
export function wandbNumber(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : String(value);
}

/** A row as W&B writes it in JSON. */
export function wandbJson(row: Row): string {
  return `{${Object.entries(row)
    .map(([name, value]) => `${JSON.stringify(name)}:${wandbNumber(value)}`)
    .join(',')}}`;
}

/** What W&B wrote in JSON; a value that is no finite number is null. */
export function parseWandbJson(text: string): unknown {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (found) => (found[0] === '"' ? found : 'null')),
  );
}

/** A configuration in W&B's form: its keys with their values; it is no configuration if it is not a mapping. */
export function configEntries(config: unknown): [string, unknown][] {
  return config !== null && typeof config === 'object' && !Array.isArray(config) ? Object.entries(config) : [];
}
