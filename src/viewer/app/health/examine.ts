import type { RunCurves, RunSummary } from '../../api.ts';
import { CHECKS, type Check } from './checks.ts';
import { type Signal, signalOf } from './signal.ts';

/** How a check stands for a run. */
export interface Verdict {
  readonly check: Check;
  /** Undefined where the run has no such metric. */
  readonly signal: Signal | undefined;
  /** Sentences on what needs a look. */
  readonly concerns: readonly string[];
  /** Why it cannot be called normal either, or not yet; never where something needs a look. */
  readonly open?: string;
}

/** Looks at every sign. */
export function examine(config: RunSummary['config'], curves: RunCurves): Verdict[] {
  return CHECKS.map((check) => {
    const signal = signalOf(curves, check.metric);
    if (signal === undefined) return { check, signal, concerns: [] };
    const told = signal.values.length === 0 ? undefined : check.judge(signal, config);
    const broken =
      signal.broken > 0
        ? `In ${signal.broken} ${signal.broken === 1 ? 'iteration' : 'iterations'} it was no finite number.`
        : undefined;
    const look = told !== undefined && 'look' in told ? told.look : undefined;
    const concerns = [look, broken].filter((text) => text !== undefined);
    if (concerns.length > 0) return { check, signal, concerns };
    const count = signal.values.length;
    const { needs = 1 } = check;
    const open =
      count < needs
        ? `Too few iterations to tell: ${count} of ${needs}.`
        : (told as { open: string } | undefined)?.open;
    return { check, signal, concerns, ...(open === undefined ? {} : { open }) };
  });
}
