import type { CreditView } from '../../api.ts';

/** Credit as one algorithm gives it: one of one or two that are shown side by side. */
export interface ShownCredit {
  readonly name: string;
  readonly credit: CreditView | null;
  /** Why there is none. */
  readonly problem: string | undefined;
}

/** What to call it among others. */
export function creditTitle({ name, credit }: ShownCredit): string {
  return credit?.asTrained ? `${name}, as trained` : name;
}
