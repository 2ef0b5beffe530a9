import { asText } from './arguments.ts';
import { applyFilter } from './filters.ts';
import { Loop, puller } from './loop.ts';
import { key, type Operations } from './operations.ts';
import type {
  Arguments,
  Block,
  CallExpression,
  Expression,
  FilterCall,
  ForStatement,
  MacroStatement,
  Statement,
  Target,
  WithStatement,
} from './syntax.ts';
import { TemplateError } from './template-error.ts';
import { testNamed } from './tests.ts';
import { Callable, Float, type Named, Namespace, tupleOf, typeName, Undefined, type Value } from './values.ts';

/** Variables that are seen from a place: its own, and those around it. */
export class Scope {
  readonly variables: Map<string, Value>;
  private readonly around: Scope | undefined;

  constructor(around?: Scope, variables: Map<string, Value> = new Map()) {
    this.around = around;
    this.variables = variables;
  }

  /** Undefined where no variable has the name. */
  find(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.around) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** How a block ended. */
type Ending = 'end' | 'break' | 'continue';

const NO_NAMES: Named = new Map();

/** Runs a template that was parsed. */
export class Interpreter {
  private readonly ops: Operations;
  private readonly unset: ReadonlyMap<Block, readonly string[]>;

  /** @param unset for every block that is a scope, the names that have no value when it begins */
  constructor(ops: Operations, unset: ReadonlyMap<Block, readonly string[]>) {
    this.ops = ops;
    this.unset = unset;
  }

  /** What a block writes. */
  private render(block: Block, scope: Scope): string {
    const out: string[] = [];
    this.run(block, scope, out);
    return out.join('');
  }

  /** What a block writes that has a scope of its own. */
  renderInside(block: Block, around: Scope): string {
    return this.render(block, this.enter(block, around));
  }

  /** The scope of a block. */
  private enter(block: Block, around: Scope): Scope {
    const scope = new Scope(around);
    for (const name of this.unset.get(block) ?? []) scope.variables.set(name, undefinedName(name));
    return scope;
  }

  private run(block: Block, scope: Scope, out: string[]): Ending {
    for (const statement of block) {
      try {
        this.ops.budget.step();
        const ending = this.statement(statement, scope, out);
        if (ending !== 'end') return ending;
      } catch (error) {
        throw error instanceof TemplateError ? error.at(statement.line) : error;
      }
    }
    return 'end';
  }

  private statement(statement: Statement, scope: Scope, out: string[]): Ending {
    switch (statement.kind) {
      case 'text':
        this.write(statement.text, out);
        return 'end';
      case 'output':
        this.write(this.ops.text(this.evaluate(statement.value, scope)), out);
        return 'end';
      case 'if': {
        const branch = statement.branches.find(({ test }) => this.ops.truth(this.evaluate(test, scope)));
        return this.run(branch?.body ?? statement.otherwise, scope, out);
      }
      case 'for':
        this.forLoop(statement, this.evaluate(statement.items, scope), scope, out, 0);
        return 'end';
      case 'set':
        this.assign(statement.target, this.evaluate(statement.value, scope), scope);
        return 'end';
      case 'set block': {
        const text = this.renderInside(statement.body, scope);
        this.assign(statement.target, this.filtered(text, statement.filters, scope), scope);
        return 'end';
      }
      case 'macro':
        scope.variables.set(statement.name!, this.macro(statement, scope));
        return 'end';
      case 'call': {
        const caller = this.macro(statement.body, scope);
        this.write(this.ops.text(this.call(statement.call, scope, caller)), out);
        return 'end';
      }
      case 'filter': {
        const text = this.renderInside(statement.body, scope);
        this.write(asText(this.filtered(text, statement.filters, scope), 'what a filter block gives'), out);
        return 'end';
      }
      case 'with':
        return this.withBlock(statement, scope, out);
      case 'scope':
        this.write(this.renderInside(statement.body, scope), out);
        return 'end';
      default:
        return statement.kind;
    }
  }

  private write(text: string, out: string[]): void {
    this.ops.budget.text(text.length);
    out.push(text);
  }

  private forLoop(statement: ForStatement, items: Value, scope: Scope, out: string[], depth: number): void {
    const { target, test, body } = statement;
    const keep =
      test === undefined
        ? undefined
        : (item: Value): boolean => {
            const inner = new Scope(scope);
            this.assign(target, item, inner);
            return this.ops.truth(this.evaluate(test, inner));
          };
    const length = keep === undefined ? this.ops.lengthOf(items) : undefined;
    const recurse = (inner: Value, deeper: number): Value => {
      const written: string[] = [];
      this.forLoop(statement, inner, scope, written, deeper);
      return written.join('');
    };
    const pull = puller(this.ops, items, keep);
    const loop = new Loop(this.ops, pull, length, depth, statement.recursive ? recurse : undefined);
    let ended = false;
    for (let item = loop.next(); item !== undefined; item = loop.next()) {
      this.ops.budget.step();
      const inner = this.enter(body, scope);
      inner.variables.set('loop', loop);
      this.assign(target, item, inner);
      const ending = this.run(body, inner, out);
      if (ending === 'break') break;
      // Jinja takes a loop whose iterations were all left early for one without items.
      if (ending === 'end') ended = true;
    }
    if (!ended) this.run(statement.otherwise, this.enter(statement.otherwise, scope), out);
  }

  private withBlock({ targets, values, body }: WithStatement, scope: Scope, out: string[]): Ending {
    const inner = this.enter(body, scope);
    for (const [i, value] of values.entries()) this.assign(targets[i], this.evaluate(value, scope), inner);
    return this.run(body, inner, out);
  }

  private assign(target: Target, value: Value, scope: Scope): void {
    switch (target.kind) {
      case 'name':
        scope.variables.set(target.name, value);
        return;
      case 'attribute of name': {
        const namespace = scope.find(target.name);
        if (!(namespace instanceof Namespace))
          throw new TemplateError('cannot assign attribute on non-namespace object.');
        setEntry(namespace, target.attribute, value);
        return;
      }
      case 'targets': {
        const items = this.ops.items(value);
        const { length } = target.targets;
        if (items.length !== length) {
          const problem = items.length < length ? 'not enough values' : 'too many values';
          throw new TemplateError(`${problem} to unpack (expected ${length}, got ${items.length}).`);
        }
        for (const [i, inner] of target.targets.entries()) this.assign(inner, items[i], scope);
      }
    }
  }

  private macro(statement: MacroStatement, scope: Scope): Callable {
    const { name, parameters, body, uses } = statement;
    const says = `macro ${name === undefined ? 'None' : `'${name}'`}`;
    return new Callable(name ?? 'caller', (args, named) => {
      const inner = this.enter(body, scope);
      const rest = new Map(named);
      for (const [i, parameter] of parameters.entries()) {
        const given = i < args.length ? args[i] : rest.get(parameter.name);
        if (i >= args.length) rest.delete(parameter.name);
        const value = given === undefined ? this.optional(parameter.default, inner) : given;
        const missing = new Undefined(`parameter '${parameter.name}' was not provided`);
        inner.variables.set(parameter.name, value === undefined ? missing : value);
      }
      if (uses.has('caller') && !parameters.some((p) => p.name === 'caller')) {
        inner.variables.set('caller', rest.get('caller') ?? new Undefined('No caller defined'));
        rest.delete('caller');
      }
      if (uses.has('kwargs')) inner.variables.set('kwargs', new Map(rest));
      else if (rest.size > 0) throw new TemplateError(`${says} takes no keyword argument '${[...rest.keys()][0]}'.`);
      if (uses.has('varargs')) inner.variables.set('varargs', tupleOf(...args.slice(parameters.length)));
      else if (args.length > parameters.length) {
        throw new TemplateError(`${says} takes not more than ${parameters.length} argument(s).`);
      }
      return this.render(body, inner);
    });
  }

  private optional(expression: Expression | undefined, scope: Scope): Value | undefined {
    return expression === undefined ? undefined : this.evaluate(expression, scope);
  }

  private filtered(value: Value, filters: readonly FilterCall[], scope: Scope): Value {
    return filters.reduce((of, filter) => this.filter(of, filter, scope), value);
  }

  private filter(value: Value, { name, args }: FilterCall, scope: Scope): Value {
    const [positional, named] = this.arguments(args, scope);
    return applyFilter(this.ops, name, value, positional, named);
  }

  private call({ of, args }: CallExpression, scope: Scope, caller?: Callable): Value {
    const callee = this.evaluate(of, scope);
    const [positional, named] = this.arguments(args, scope);
    return this.ops.call(callee, positional, caller === undefined ? named : new Map([...named, ['caller', caller]]));
  }

  private arguments(args: Arguments, scope: Scope): [Value[], Named] {
    const positional = args.positional.map((arg) => this.evaluate(arg, scope));
    if (args.more !== undefined) positional.push(...this.ops.items(this.evaluate(args.more, scope)));
    if (args.named.length === 0 && args.moreNamed === undefined) return [positional, NO_NAMES];
    const named = new Map(args.named.map(([name, value]) => [name, this.evaluate(value, scope)]));
    if (args.moreNamed !== undefined) {
      const more = this.evaluate(args.moreNamed, scope);
      if (!(more instanceof Map))
        throw new TemplateError(`argument after ** must be a mapping, not ${typeName(more)}.`);
      for (const [name, value] of more) {
        if (typeof name !== 'string') throw new TemplateError('keywords must be strings.');
        if (named.has(name)) throw new TemplateError(`got multiple values for keyword argument '${name}'.`);
        named.set(name, value);
      }
    }
    return [positional, named];
  }

  private evaluate(expression: Expression, scope: Scope): Value {
    const { ops } = this;
    ops.budget.step();
    switch (expression.kind) {
      case 'constant': {
        const { value } = expression;
        return typeof value === 'object' && value !== null ? new Float(value.float) : value;
      }
      case 'name': {
        const found = scope.find(expression.name);
        return found === undefined ? undefinedName(expression.name) : found;
      }
      case 'list':
        return expression.items.map((item) => this.evaluate(item, scope));
      case 'tuple':
        return tupleOf(...expression.items.map((item) => this.evaluate(item, scope)));
      case 'dict':
        return new Map(
          expression.entries.map(([name, item]) => [key(this.evaluate(name, scope)), this.evaluate(item, scope)]),
        );
      case 'attribute':
        return ops.attribute(this.evaluate(expression.of, scope), expression.name);
      case 'item':
        return ops.item(this.evaluate(expression.of, scope), this.evaluate(expression.key, scope));
      case 'slice': {
        const [start, stop, step] = [expression.start, expression.stop, expression.step];
        const of = this.evaluate(expression.of, scope);
        const bound = (bound: Expression | undefined): Value => this.optional(bound, scope) ?? null;
        return ops.slice(of, bound(start), bound(stop), bound(step));
      }
      case 'call':
        return this.call(expression, scope);
      case 'filter':
        return this.filter(this.evaluate(expression.of, scope), expression.filter, scope);
      case 'test': {
        const value = this.evaluate(expression.of, scope);
        const [positional, named] = this.arguments(expression.args, scope);
        return testNamed(ops, expression.name, value, positional, named);
      }
      case 'not':
        return !ops.truth(this.evaluate(expression.of, scope));
      case 'negative':
        return ops.negative(this.evaluate(expression.of, scope));
      case 'positive':
        return ops.positive(this.evaluate(expression.of, scope));
      case 'and': {
        const left = this.evaluate(expression.left, scope);
        return ops.truth(left) ? this.evaluate(expression.right, scope) : left;
      }
      case 'or': {
        const left = this.evaluate(expression.left, scope);
        return ops.truth(left) ? left : this.evaluate(expression.right, scope);
      }
      case 'binary': {
        if (expression.operator === '+') refuseSafe(expression.left, expression.right);
        const left = this.evaluate(expression.left, scope);
        return ops.binary(expression.operator, left, this.evaluate(expression.right, scope));
      }
      case 'concat':
        return ops.made(expression.parts.map((part) => ops.text(this.evaluate(part, scope))).join(''));
      case 'compare': {
        let left = this.evaluate(expression.first, scope);
        for (const [comparison, operand] of expression.rest) {
          const right = this.evaluate(operand, scope);
          if (!ops.compare(comparison, left, right)) return false;
          left = right;
        }
        return true;
      }
      case 'conditional': {
        if (ops.truth(this.evaluate(expression.test, scope))) return this.evaluate(expression.then, scope);
        const otherwise = this.optional(expression.otherwise, scope);
        const hint = `the inline if-expression on line ${expression.line} evaluated to false and no else section was defined`;
        return otherwise === undefined ? new Undefined(hint) : otherwise;
      }
    }
  }
}

function undefinedName(name: string): Undefined {
  return new Undefined(`'${name}' is undefined`);
}

/**
 * Jinja escapes what is added to a safe text for HTML, which no author of a chat template can want.
 *
 * @throws TemplateError where a text is made safe, to be added to another
 */
function refuseSafe(left: Expression, right: Expression): void {
  const safe = [left, right].find(
    (part) => part.kind === 'filter' && ['safe', 'e', 'escape'].includes(part.filter.name),
  );
  if (safe === undefined) return;
  throw new TemplateError('texts that are added to a safe one would be escaped for HTML. Take the filter `safe` away.');
}

/** Jinja refuses names that Python keeps for itself. */
export function setEntry(namespace: Namespace, name: string, value: Value): void {
  if (name.startsWith('_'))
    throw new TemplateError(`a namespace cannot hold '${name}', which begins with an underscore.`);
  namespace.entries.set(name, value);
}
