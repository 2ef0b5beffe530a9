import { GameTextError } from './errors.ts';
import type { Atom, Formula, TypedName } from './pddl.ts';

/** A conjunction: all of these at once, for some choice of the hidden variables. */
export interface Disjunct {
  readonly positive: readonly Atom[];
  readonly negative: readonly Atom[];
  /** Pairs of terms that must be equal, or must differ. */
  readonly equal: readonly (readonly [string, string])[];
  readonly different: readonly (readonly [string, string])[];
  /** Variables of `exists`, renamed apart. */
  readonly hidden: readonly TypedName[];
}

/** More would be a mistake or an attack. */
const MOST = 4096;

/**
 * Disjunctive normal form with existential variables pulled out: the formula holds exactly when one of the disjuncts does, for some
 * values of its hidden variables.
 *
 * @throws GameTextError on `not` before anything but an atom or an equality
 */
export function disjuncts(formula: Formula, part: string): Disjunct[] {
  let names = 0;
  const walk = (f: Formula, renaming: ReadonlyMap<string, string>): Disjunct[] => {
    const term = (t: string): string => renaming.get(t) ?? t;
    const atom = (a: Atom): Atom => ({ predicate: a.predicate, terms: a.terms.map(term) });
    const one = (fields: Partial<Disjunct>): Disjunct[] => [
      { positive: [], negative: [], equal: [], different: [], hidden: [], ...fields },
    ];
    switch (f.kind) {
      case 'atom':
        return one({ positive: [atom(f.atom)] });
      case 'equal':
        return one({ equal: [[term(f.left), term(f.right)]] });
      case 'not':
        if (f.part.kind === 'atom') return one({ negative: [atom(f.part.atom)] });
        if (f.part.kind === 'equal') return one({ different: [[term(f.part.left), term(f.part.right)]] });
        throw new GameTextError(part, `not before ${f.part.kind} is not supported`);
      case 'or':
        return f.parts.flatMap((p) => walk(p, renaming));
      case 'and':
        return f.parts.reduce<Disjunct[]>((all, p) => {
          const more = walk(p, renaming);
          if (all.length * more.length > MOST)
            throw new GameTextError(part, `a condition has more than ${MOST} alternatives`);
          return all.flatMap((a) => more.map((b) => joined(a, b)));
        }, one({}));
      case 'exists': {
        const inner = new Map(renaming);
        const hidden = f.variables.map(({ name, type }) => {
          const fresh = `${name}~${names++}`;
          inner.set(name, fresh);
          return { name: fresh, type };
        });
        return walk(f.part, inner).map((d) => ({ ...d, hidden: [...hidden, ...d.hidden] }));
      }
    }
  };
  return walk(formula, new Map());
}

function joined(a: Disjunct, b: Disjunct): Disjunct {
  return {
    positive: [...a.positive, ...b.positive],
    negative: [...a.negative, ...b.negative],
    equal: [...a.equal, ...b.equal],
    different: [...a.different, ...b.different],
    hidden: [...a.hidden, ...b.hidden],
  };
}
