import { type Token, tokenize } from './lexer.ts';
import { unsetNames } from './scoping.ts';
import type {
  Arguments,
  Block,
  CallExpression,
  Comparison,
  Expression,
  FilterCall,
  ForStatement,
  MacroStatement,
  Operator,
  Parameter,
  Statement,
  Target,
} from './syntax.ts';
import { TemplateError } from './template-error.ts';

/** A template, understood. */
export interface ParsedTemplate {
  readonly body: Block;
  /** For every block that is a scope, the names that have no value when it begins. */
  readonly unset: ReadonlyMap<Block, readonly string[]>;
  /** The template's own text and all its strings. */
  readonly literals: readonly string[];
}

/** Deepest nesting of blocks and expressions; Python refuses more than 100 blocks. */
const DEEPEST = 100;

/** @throws TemplateError naming the line */
export function parse(template: string): ParsedTemplate {
  const parser = new Parser(tokenize(template));
  const body = parser.template();
  return { body, unset: unsetNames(body), literals: parser.literals };
}

const NO_ARGUMENTS: Arguments = { positional: [], named: [], more: undefined, moreNamed: undefined };
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
/** What may follow a test without being its argument. */
const NO_ARGUMENT: ReadonlySet<string> = new Set(['else', 'or', 'and']);
/** Names that stand for something special inside a macro. */
const MACRO_NAMES: ReadonlySet<string> = new Set(['caller', 'kwargs', 'varargs']);
const NEEDS_OTHER_TEMPLATES: ReadonlySet<string> = new Set(['extends', 'block', 'include', 'import', 'from']);

/** Follows Jinja's own parser, function by function. */
class Parser {
  readonly literals: string[] = [];
  private readonly tokens: readonly Token[];
  private at = 0;
  /** Special names that the macros around this place use. */
  private readonly used: Set<string>[] = [];
  /** Blocks and expressions around this place. */
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  template(): Block {
    const body = this.block([]);
    if (this.current.type !== 'end') throw this.unknownTag(this.current, []);
    return body;
  }

  private get current(): Token {
    return this.tokens[this.at];
  }

  private next(): Token {
    const token = this.current;
    if (token.type !== 'end') this.at++;
    return token;
  }

  private is(type: Token['type'], value?: string): boolean {
    return this.current.type === type && (value === undefined || this.current.value === value);
  }

  private isOperator(value: string): boolean {
    return this.is('operator', value);
  }

  /** Steps over a token if it comes next. */
  private skip(type: Token['type'], value?: string): boolean {
    if (!this.is(type, value)) return false;
    this.at++;
    return true;
  }

  private expect(type: Token['type'], value?: string): Token {
    if (!this.is(type, value)) throw this.unexpected(value === undefined ? `a ${type}` : `"${value}"`);
    return this.next();
  }

  private expectOperator(value: string): Token {
    return this.expect('operator', value);
  }

  private name(): string {
    return this.expect('name').value as string;
  }

  private unexpected(expected?: string): TemplateError {
    const { type, value, line } = this.current;
    const found = { end: 'the end of the template', 'block end': '"%}"', 'output end': '"}}"' }[type as string];
    const wanted = expected === undefined ? '' : `, expected ${expected}`;
    return new TemplateError(`unexpected ${found ?? JSON.stringify(String(value))}${wanted}.`, line);
  }

  /** Statements up to a block that begins with one of the names; that name is the current token then. */
  private block(ends: readonly string[]): Block {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.current;
      if (token.type === 'end') {
        if (ends.length > 0) throw this.unknownTag(token, ends);
        return statements;
      }
      this.next();
      if (token.type === 'text') {
        this.literals.push(token.value);
        statements.push({ kind: 'text', line: token.line, text: token.value });
      } else if (token.type === 'output begin') {
        statements.push({ kind: 'output', line: token.line, value: this.tuple() });
        this.expect('output end');
      } else if (this.is('name') && ends.includes(this.current.value as string)) {
        return statements;
      } else {
        statements.push(this.statement());
        this.expect('block end');
      }
    }
  }

  /** The body of a block: after its head, up to one of the names. */
  private body(ends: readonly string[]): Block {
    this.skip('operator', ':');
    this.expect('block end');
    return this.nested(() => this.block(ends));
  }

  private nested<T>(part: () => T): T {
    if (++this.depth > DEEPEST) throw new TemplateError(`nesting deeper than ${DEEPEST}.`, this.current.line);
    const parsed = part();
    this.depth--;
    return parsed;
  }

  /** As `body`, over the end as well. */
  private bodyTo(end: string): Block {
    const body = this.body([end]);
    this.next();
    return body;
  }

  private unknownTag({ value, line, type }: Token, ends: readonly string[]): TemplateError {
    const what = type === 'end' ? 'the template ends too early' : `unknown tag ${JSON.stringify(String(value))}`;
    const wanted = ends.map((end) => `{% ${end} %}`).join(' or ');
    return new TemplateError(`${what}${wanted === '' ? '' : `, expected ${wanted}`}.`, line);
  }

  private statement(): Statement {
    const token = this.expect('name');
    const line = token.line;
    switch (token.value) {
      case 'if':
        return this.ifStatement(line);
      case 'for':
        return this.forStatement(line);
      case 'set':
        return this.setStatement(line);
      case 'macro': {
        const name = this.name();
        return this.macro(line, name, this.signature(), 'endmacro');
      }
      case 'call': {
        const parameters = this.isOperator('(') ? this.signature() : [];
        const call = this.expression();
        if (call.kind !== 'call')
          throw new TemplateError('{% call %} needs a call, such as {% call list(items) %}.', line);
        return { kind: 'call', line, call, body: this.macro(line, undefined, parameters, 'endcall') };
      }
      case 'filter': {
        const filters = [this.filterCall(), ...this.filterCalls()];
        return { kind: 'filter', line, filters, body: this.bodyTo('endfilter') };
      }
      case 'with':
        return this.withStatement(line);
      case 'generation':
        return { kind: 'scope', line, body: this.bodyTo('endgeneration') };
      case 'break':
      case 'continue':
        return { kind: token.value, line };
      case 'print':
        return { kind: 'output', line, value: this.expression() };
      default:
        if (NEEDS_OTHER_TEMPLATES.has(token.value as string)) {
          throw new TemplateError(`{% ${token.value} %} is not supported: a chat template stands alone.`, line);
        }
        throw this.unknownTag(token, []);
    }
  }

  private ifStatement(line: number): Statement {
    const branches = [];
    let otherwise: Block = [];
    for (let more = true; more; ) {
      const test = this.tuple({ conditional: false });
      branches.push({ test, body: this.body(['elif', 'else', 'endif']) });
      const end = this.next().value;
      more = end === 'elif';
      if (end === 'else') otherwise = this.bodyTo('endif');
    }
    return { kind: 'if', line, branches, otherwise };
  }

  private forStatement(line: number): ForStatement {
    const target = this.target('in');
    this.expect('name', 'in');
    const items = this.tuple({ conditional: false, end: 'recursive' });
    const test = this.skip('name', 'if') ? this.expression() : undefined;
    const recursive = this.skip('name', 'recursive');
    const body = this.body(['endfor', 'else']);
    const otherwise = this.next().value === 'else' ? this.bodyTo('endfor') : [];
    return { kind: 'for', line, target, items, test, recursive, body, otherwise };
  }

  private setStatement(line: number): Statement {
    const target = this.target(undefined, true);
    if (this.skip('operator', '=')) return { kind: 'set', line, target, value: this.tuple() };
    const filters = this.filterCalls();
    return { kind: 'set block', line, target, filters, body: this.bodyTo('endset') };
  }

  private withStatement(line: number): Statement {
    const targets: Target[] = [];
    const values: Expression[] = [];
    while (!this.is('block end')) {
      if (targets.length > 0) this.expectOperator(',');
      targets.push(this.target());
      this.expectOperator('=');
      values.push(this.expression());
    }
    return { kind: 'with', line, targets, values, body: this.bodyTo('endwith') };
  }

  private macro(line: number, name: string | undefined, parameters: readonly Parameter[], end: string): MacroStatement {
    const uses = new Set<string>();
    this.used.push(uses);
    const body = this.bodyTo(end);
    this.used.pop();
    return { kind: 'macro', line, name, parameters, body, uses };
  }

  private signature(): Parameter[] {
    const parameters: Parameter[] = [];
    this.expectOperator('(');
    while (!this.isOperator(')')) {
      if (parameters.length > 0) this.expectOperator(',');
      const { line } = this.current;
      const name = this.name();
      const value = this.skip('operator', '=') ? this.expression() : undefined;
      if (value === undefined && parameters.at(-1)?.default !== undefined) {
        throw new TemplateError(`the parameter ${name} has no default value, but follows one that has.`, line);
      }
      parameters.push({ name, default: value });
    }
    this.next();
    return parameters;
  }

  /** What is assigned to, up to the name that ends it. */
  private target(end?: string, withAttribute = false): Target {
    const { line } = this.current;
    const targets: Target[] = [];
    let isTuple = false;
    for (;;) {
      if (this.isTupleEnd(end)) break;
      targets.push(this.singleTarget(withAttribute));
      if (!this.skip('operator', ',')) break;
      isTuple = true;
    }
    if (targets.length === 0) throw this.unexpected('a name');
    return isTuple ? { kind: 'targets', line, targets } : targets[0];
  }

  private singleTarget(withAttribute: boolean): Target {
    const { line } = this.current;
    if (this.skip('operator', '(')) {
      const inner = this.target(undefined, withAttribute);
      this.expectOperator(')');
      return inner;
    }
    const name = this.name();
    if (CONSTANTS.has(name)) throw new TemplateError(`nothing can be assigned to ${name}.`, line);
    if (!withAttribute || !this.skip('operator', '.')) return { kind: 'name', line, name };
    return { kind: 'attribute of name', line, name, attribute: this.name() };
  }

  private isTupleEnd(end?: string): boolean {
    if (this.is('output end') || this.is('block end') || this.isOperator(')')) return true;
    return end !== undefined && this.is('name', end);
  }

  /** An expression, or several with commas between them. */
  private tuple(options: { conditional?: boolean; end?: string; parentheses?: boolean } = {}): Expression {
    const { conditional = true, end, parentheses = false } = options;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.isTupleEnd(end)) {
      items.push(conditional ? this.expression() : this.or());
      if (!this.skip('operator', ',')) break;
      isTuple = true;
    }
    if (!isTuple && items.length > 0) return items[0];
    if (items.length === 0 && !parentheses) throw this.unexpected('an expression');
    return { kind: 'tuple', items };
  }

  private expression(): Expression {
    return this.nested(() => this.conditional());
  }

  private conditional(): Expression {
    let then = this.or();
    for (;;) {
      const { line } = this.current;
      if (!this.skip('name', 'if')) return then;
      const test = this.or();
      const otherwise = this.skip('name', 'else') ? this.expression() : undefined;
      then = { kind: 'conditional', line, test, then, otherwise };
    }
  }

  private or(): Expression {
    let left = this.and();
    while (this.skip('name', 'or')) left = { kind: 'or', left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.skip('name', 'and')) left = { kind: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    return this.skip('name', 'not') ? { kind: 'not', of: this.nested(() => this.not()) } : this.compare();
  }

  private compare(): Expression {
    const first = this.sum();
    const rest: (readonly [Comparison, Expression])[] = [];
    for (let comparison = this.comparison(); comparison !== undefined; comparison = this.comparison()) {
      rest.push([comparison, this.sum()]);
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  private comparison(): Comparison | undefined {
    const { type, value } = this.current;
    if (type === 'operator' && COMPARISONS.has(value)) return this.next().value as Comparison;
    if (this.skip('name', 'in')) return 'in';
    const after = this.tokens[this.at + 1];
    if (!this.is('name', 'not') || after.type !== 'name' || after.value !== 'in') return undefined;
    this.at += 2;
    return 'not in';
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.concat());
  }

  private concat(): Expression {
    const parts = [this.product()];
    while (this.skip('operator', '~')) parts.push(this.product());
    return parts.length === 1 ? parts[0] : { kind: 'concat', parts };
  }

  private product(): Expression {
    return this.binary(['*', '/', '//', '%'], () => this.binary(['**'], () => this.unary(true)));
  }

  private binary(operators: readonly Operator[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find((o) => this.isOperator(o));
      if (operator === undefined) return left;
      this.next();
      left = { kind: 'binary', operator, left, right: operand() };
    }
  }

  private unary(withFilters: boolean): Expression {
    let expression: Expression;
    if (this.skip('operator', '-')) expression = { kind: 'negative', of: this.nested(() => this.unary(false)) };
    else if (this.skip('operator', '+')) expression = { kind: 'positive', of: this.nested(() => this.unary(false)) };
    else expression = this.primary();
    expression = this.postfix(expression);
    return withFilters ? this.filtersAndTests(expression) : expression;
  }

  private primary(): Expression {
    const token = this.current;
    switch (token.type) {
      case 'name': {
        this.next();
        const constant = CONSTANTS.get(token.value);
        if (constant !== undefined) return { kind: 'constant', value: constant };
        if (MACRO_NAMES.has(token.value)) for (const names of this.used) names.add(token.value);
        return { kind: 'name', name: token.value };
      }
      case 'string': {
        let value = '';
        while (this.current.type === 'string') value += this.next().value;
        this.literals.push(value);
        return { kind: 'constant', value };
      }
      case 'integer':
        this.next();
        return { kind: 'constant', value: token.value };
      case 'float':
        this.next();
        return { kind: 'constant', value: { float: token.value } };
      case 'operator':
        if (this.skip('operator', '(')) {
          const inner = this.tuple({ parentheses: true });
          this.expectOperator(')');
          return inner;
        }
        if (this.skip('operator', '[')) return { kind: 'list', items: this.listed(']', () => this.expression()) };
        if (this.skip('operator', '{')) return { kind: 'dict', entries: this.listed('}', () => this.entry()) };
    }
    throw this.unexpected();
  }

  private entry(): readonly [Expression, Expression] {
    const key = this.expression();
    this.expectOperator(':');
    return [key, this.expression()];
  }

  private listed<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.isOperator(end)) {
      if (items.length > 0) this.expectOperator(',');
      if (this.isOperator(end)) break;
      items.push(item());
    }
    this.next();
    return items;
  }

  private postfix(start: Expression): Expression {
    let expression = start;
    for (;;) {
      if (this.isOperator('.') || this.isOperator('[')) expression = this.subscript(expression);
      else if (this.isOperator('(')) expression = this.call(expression);
      else return expression;
    }
  }

  private filtersAndTests(start: Expression): Expression {
    let expression = start;
    for (;;) {
      if (this.skip('operator', '|')) expression = { kind: 'filter', of: expression, filter: this.filterCall() };
      else if (this.skip('name', 'is')) expression = this.test(expression);
      else if (this.isOperator('(')) expression = this.call(expression);
      else return expression;
    }
  }

  private subscript(of: Expression): Expression {
    if (this.skip('operator', '.')) {
      const token = this.next();
      if (token.type === 'name') return { kind: 'attribute', of, name: token.value };
      if (token.type === 'integer') return { kind: 'item', of, key: { kind: 'constant', value: token.value } };
      throw new TemplateError('after a dot there must be a name or a number.', token.line);
    }
    this.expectOperator('[');
    const keys = this.listed(']', () => this.keyOrSlice(of));
    const [key] = keys;
    if (keys.length === 1) return 'slice' in key ? key.slice : { kind: 'item', of, key: key.key };
    const items = keys.map((k) => {
      if ('slice' in k) throw new TemplateError('slices of several dimensions are not supported.', this.current.line);
      return k.key;
    });
    return { kind: 'item', of, key: { kind: 'tuple', items } };
  }

  private keyOrSlice(of: Expression): { key: Expression } | { slice: Expression } {
    const ends = (): boolean => this.isOperator(':') || this.isOperator(']') || this.isOperator(',');
    const start = this.isOperator(':') ? undefined : this.expression();
    if (!this.skip('operator', ':')) return { key: start! };
    const stop = ends() ? undefined : this.expression();
    const step = this.skip('operator', ':') && !ends() ? this.expression() : undefined;
    return { slice: { kind: 'slice', of, start, stop, step } };
  }

  private call(of: Expression): CallExpression {
    return { kind: 'call', of, args: this.arguments() };
  }

  private arguments(): Arguments {
    const { line } = this.expectOperator('(');
    const positional: Expression[] = [];
    const named: (readonly [string, Expression])[] = [];
    let more: Expression | undefined;
    let moreNamed: Expression | undefined;
    const ensure = (holds: boolean): void => {
      if (!holds) throw new TemplateError('the arguments of a call are in an order that is not allowed.', line);
    };
    for (let first = true; !this.isOperator(')'); first = false) {
      if (!first) this.expectOperator(',');
      if (this.isOperator(')')) break;
      const after = this.tokens[this.at + 1];
      if (this.skip('operator', '*')) {
        ensure(more === undefined && moreNamed === undefined);
        more = this.expression();
      } else if (this.skip('operator', '**')) {
        ensure(moreNamed === undefined);
        moreNamed = this.expression();
      } else if (this.is('name') && after.type === 'operator' && after.value === '=') {
        ensure(moreNamed === undefined);
        const name = this.name();
        this.next();
        named.push([name, this.expression()]);
      } else {
        ensure(more === undefined && moreNamed === undefined && named.length === 0);
        positional.push(this.expression());
      }
    }
    this.next();
    return { positional, named, more, moreNamed };
  }

  private filterCall(): FilterCall {
    const name = this.dottedName();
    return { name, args: this.isOperator('(') ? this.arguments() : NO_ARGUMENTS };
  }

  private filterCalls(): FilterCall[] {
    const filters: FilterCall[] = [];
    while (this.skip('operator', '|')) filters.push(this.filterCall());
    return filters;
  }

  private test(of: Expression): Expression {
    const negated = this.skip('name', 'not');
    const name = this.dottedName();
    const test: Expression = { kind: 'test', of, name, args: this.testArguments() };
    return negated ? { kind: 'not', of: test } : test;
  }

  private testArguments(): Arguments {
    if (this.isOperator('(')) return this.arguments();
    const { type, value, line } = this.current;
    const begins =
      ['name', 'string', 'integer', 'float'].includes(type) || this.isOperator('[') || this.isOperator('{');
    if (!begins || (type === 'name' && NO_ARGUMENT.has(value))) return NO_ARGUMENTS;
    if (type === 'name' && value === 'is') throw new TemplateError('tests cannot be chained with "is".', line);
    return { ...NO_ARGUMENTS, positional: [this.postfix(this.primary())] };
  }

  private dottedName(): string {
    let name = this.name();
    while (this.skip('operator', '.')) name += `.${this.name()}`;
    return name;
  }
}
