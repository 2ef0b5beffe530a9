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
        return assignments(f.variables, binding).some((b) => ask(f.part, b));
    }
  };
  const assignments = (
    variables: readonly { name: string; type: string }[],
    start: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, string>[] =>
    variables.reduce<ReadonlyMap<string, string>[]>(
      (all, v) =>
        all.flatMap((b) => objects.filter((o) => o.type === v.type).map((o) => new Map([...b, [v.name, o.name]]))),
      [start],
    );
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
    assignments(action.parameters, new Map())
      .filter((binding) => ask(action.precondition, binding) && changes(action, binding))
      .map((binding) => ({ action: action.name, values: action.parameters.map((p) => binding.get(p.name)!) })),
  );
}
