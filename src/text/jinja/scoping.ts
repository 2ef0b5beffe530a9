import type {
  Arguments,
  Block,
  Expression,
  FilterCall,
  MacroStatement,
  Parameter,
  Statement,
  Target,
} from './syntax.ts';

/**
 * Jinja decides before rendering to which scope a name belongs: where a scope assigns it, outside of any `{% if %}` and before
 * it reads it itself, scopes inside it that come earlier see nothing, not a variable of the same name from outside. This finds
 * those names, as Jinja's `idtracking` does.
 *
 * @returns for every block that is a scope, the names that have no value when it begins
 */
export function unsetNames(body: Block): ReadonlyMap<Block, readonly string[]> {
  const found = new Map<Block, readonly string[]>();
  new ScopeReader(found, undefined).read(body);
  return found;
}

/** What is known of one scope, or of a branch of it. */
class ScopeReader {
  private readonly found: Map<Block, readonly string[]>;
  private readonly around: ScopeReader | undefined;
  /** Of a branch: the scope it is a branch of. */
  private readonly trunk: ScopeReader | undefined;
  /** Names that belong to it. */
  private readonly refs = new Set<string>();
  private readonly unset = new Set<string>();

  constructor(found: Map<Block, readonly string[]>, around: ScopeReader | undefined, trunk?: ScopeReader) {
    this.found = found;
    this.around = around;
    this.trunk = trunk;
  }

  /** @param before what the scope reads and is given before its block */
  read(block: Block, before?: (scope: ScopeReader) => void): void {
    before?.(this);
    this.statements(block);
    if (this.unset.size > 0) this.found.set(block, [...this.unset]);
    // Jinja reads a scope to its end before those inside it.
    this.inner(block);
  }

  private has(name: string): boolean {
    return this.refs.has(name) || (this.trunk?.has(name) ?? false);
  }

  private isOutside(name: string): boolean {
    return this.around !== undefined && (this.around.has(name) || this.around.isOutside(name));
  }

  private load(name: string): void {
    if (!this.has(name) && !this.isOutside(name)) this.refs.add(name);
  }

  private store(name: string): void {
    if (this.has(name)) return;
    if (!this.isOutside(name)) this.unset.add(name);
    this.refs.add(name);
  }

  private parameter(name: string): void {
    this.refs.add(name);
  }

  private statements(block: Block): void {
    for (const statement of block) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'output':
        this.expression(statement.value);
        return;
      case 'if': {
        const [first, ...more] = statement.branches;
        this.expression(first.test);
        this.branches([
          (branch) => branch.statements(first.body),
          (branch) => {
            for (const { test, body } of more) {
              branch.expression(test);
              branch.branches([(inner) => inner.statements(body)]);
            }
          },
          (branch) => branch.statements(statement.otherwise),
        ]);
        return;
      }
      case 'for':
        this.expression(statement.items);
        return;
      case 'set':
        this.expression(statement.value);
        this.target(statement.target);
        return;
      case 'set block':
        this.target(statement.target);
        return;
      case 'macro':
        this.store(statement.name!);
        return;
      case 'call':
        this.expression(statement.call);
        return;
      case 'filter':
        this.filters(statement.filters);
        return;
      case 'with':
        for (const value of statement.values) this.expression(value);
    }
  }

  /** Parts of which only some may be run: what only they assign may have its value from outside. */
  private branches(parts: readonly ((branch: ScopeReader) => void)[]): void {
    const branches = parts.map((part) => {
      const branch = new ScopeReader(this.found, this.around, this);
      part(branch);
      return branch;
    });
    for (const { refs } of branches) for (const name of refs) this.refs.add(name);
  }

  private target(target: Target): void {
    if (target.kind === 'name') this.store(target.name);
    else if (target.kind === 'attribute of name') this.load(target.name);
    else for (const inner of target.targets) this.target(inner);
  }

  private targetAsParameter(target: Target): void {
    if (target.kind === 'name') this.parameter(target.name);
    else if (target.kind === 'targets') for (const inner of target.targets) this.targetAsParameter(inner);
  }

  /** The scopes inside a block of this one. */
  private inner(block: Block): void {
    const scope = (body: Block, before?: (scope: ScopeReader) => void): void =>
      new ScopeReader(this.found, this).read(body, before);
    for (const statement of block) {
      switch (statement.kind) {
        case 'if':
          for (const { body } of statement.branches) this.inner(body);
          this.inner(statement.otherwise);
          break;
        case 'for':
          scope(statement.body, (inner) => {
            inner.targetAsParameter(statement.target);
            inner.parameter('loop');
          });
          scope(statement.otherwise);
          break;
        case 'macro':
          scope(statement.body, (inner) => inner.macro(statement));
          break;
        case 'call':
          scope(statement.body.body, (inner) => inner.macro(statement.body));
          break;
        case 'set block':
        case 'scope':
          scope(statement.body);
          break;
        case 'filter':
          scope(statement.body, (inner) => inner.filters(statement.filters));
          break;
        case 'with':
          scope(statement.body, (inner) => {
            for (const target of statement.targets) inner.targetAsParameter(target);
          });
      }
    }
  }

  private macro({ parameters, uses }: MacroStatement): void {
    for (const { name } of parameters) this.parameter(name);
    for (const parameter of parameters) this.default(parameter);
    for (const name of ['caller', 'kwargs', 'varargs']) if (uses.has(name)) this.parameter(name);
  }

  private default(parameter: Parameter): void {
    if (parameter.default !== undefined) this.expression(parameter.default);
  }

  private filters(filters: readonly FilterCall[]): void {
    for (const { args } of filters) this.arguments(args);
  }

  private arguments({ positional, named, more, moreNamed }: Arguments): void {
    for (const arg of positional) this.expression(arg);
    for (const [, arg] of named) this.expression(arg);
    if (more !== undefined) this.expression(more);
    if (moreNamed !== undefined) this.expression(moreNamed);
  }

  private expression(expression: Expression): void {
    if (expression.kind === 'name') this.load(expression.name);
    for (const child of children(expression)) this.expression(child);
    if ('args' in expression) this.arguments(expression.args);
    if (expression.kind === 'filter') this.arguments(expression.filter.args);
  }
}

/** The expressions an expression is made of, apart from the arguments of calls. */
function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'name':
      return [];
    case 'list':
    case 'tuple':
      return expression.items;
    case 'dict':
      return expression.entries.flat();
    case 'item':
      return [expression.of, expression.key];
    case 'slice':
      return [expression.of, expression.start, expression.stop, expression.step].filter((e) => e !== undefined);
    case 'and':
    case 'or':
    case 'binary':
      return [expression.left, expression.right];
    case 'concat':
      return expression.parts;
    case 'compare':
      return [expression.first, ...expression.rest.map(([, operand]) => operand)];
    case 'conditional':
      return [expression.test, expression.then, expression.otherwise].filter((e) => e !== undefined);
    default:
      return [expression.of];
  }
}
