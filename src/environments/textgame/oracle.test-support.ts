import { type Action, type Formula, parseDomain, parseProblem } from './pddl.ts';

/**
 * The rules once more, read directly and slowly: tries every object for every parameter and asks the formula. What the indexed interpreter
 * is compared with.
 *
 * @param facts as `(predicate id …)`
 * @returns the actions that would change something or look at something, with their parameters
 */
export function reachable(
  domainText: string,
  problemText: string,
  facts: readonly string[],
): { action: string; values: string[] }[] {
  const domain = parseDomain(domainText);
  const { objects } = parseProblem(problemText);
  const holds = new Set(facts);
  const fact = (predicate: string, terms: readonly string[]): string => `(${[predicate, ...terms].join(' ')})`;
  const ask = (f: Formula, binding: ReadonlyMap<string, string>): boolean => {
    const term = (t: string): string => binding.get(t) ?? t;
    switch (f.kind) {
      case 'and':
        return f.parts.every((p) => ask(p, binding));
      case 'or':
        return f.parts.some((p) => ask(p, binding));
      case 'not':
        return !ask(f.part, binding);
      case 'atom':
        return holds.has(fact(f.atom.predicate, f.atom.terms.map(term)));
      case 'equal':
        return term(f.left) === term(f.right);
      case 'exists':
        return assignments(f.variables, binding, partsOf(f.part)).length > 0;
    }
  };
  /** All ways to fill in variables under which every part holds; a part is asked as soon as all it names is known. */
  const assignments = (
    variables: readonly { name: string; type: string }[],
    start: ReadonlyMap<string, string>,
    parts: readonly Formula[],
  ): ReadonlyMap<string, string>[] => {
    const open = new Set(variables.map((v) => v.name));
    let waiting = parts;
    const sieve = (all: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string>[] => {
      const ready = waiting.filter((part) => ![...free(part)].some((name) => open.has(name)));
      waiting = waiting.filter((part) => !ready.includes(part));
      return all.filter((b) => ready.every((part) => ask(part, b)));
    };
    let found = sieve([start]);
    for (const v of variables) {
      const candidates = objects.filter((o) => o.type === v.type);
      open.delete(v.name);
      found = sieve(found.flatMap((b) => candidates.map((o) => new Map([...b, [v.name, o.name]]))));
    }
    return found;
  };
  const partsOf = (f: Formula): readonly Formula[] => (f.kind === 'and' ? f.parts.flatMap(partsOf) : [f]);
  // An effect that a precondition of the same conjunction already demands counts for nothing; an action with no other effect does not exist.
  const demanded = (f: Formula, binding: ReadonlyMap<string, string>): string[] => {
    if (f.kind === 'and') return f.parts.flatMap((p) => demanded(p, binding));
    if (f.kind === 'atom')
      return [
        fact(
          f.atom.predicate,
          f.atom.terms.map((t) => binding.get(t) ?? t),
        ),
      ];
    return [];
  };
  const changes = (action: Action, binding: ReadonlyMap<string, string>): boolean => {
    const ground = action.effects.map((e) => ({
      ...e,
      text: fact(
        e.atom.predicate,
        e.atom.terms.map((t) => binding.get(t) ?? t),
      ),
    }));
    const given = demanded(action.precondition, binding);
    return ground.some((e) => {
      if (e.condition) return true;
      if (!e.add && ground.some((a) => a.add && !a.condition && a.text === e.text)) return false;
      return !(e.add && given.includes(e.text));
    });
  };
  return domain.actions.flatMap((action) =>
    assignments(action.parameters, new Map(), partsOf(action.precondition))
      .filter((binding) => changes(action, binding))
      .map((binding) => ({ action: action.name, values: action.parameters.map((p) => binding.get(p.name)!) })),
  );
}

/** Variables that a formula names and does not bind. */
function free(f: Formula): Set<string> {
  switch (f.kind) {
    case 'and':
    case 'or':
      return new Set(f.parts.flatMap((part) => [...free(part)]));
    case 'not':
      return free(f.part);
    case 'atom':
      return new Set(f.atom.terms.filter((t) => t.startsWith('?')));
    case 'equal':
      return new Set([f.left, f.right].filter((t) => t.startsWith('?')));
    case 'exists': {
      const inside = free(f.part);
      for (const { name } of f.variables) inside.delete(name);
      return inside;
    }
  }
}
