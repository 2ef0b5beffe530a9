/** What a template is made of, as Jinja's own parser has it. Lines are from 1. */

export type Statement =
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'output'; readonly line: number; readonly value: Expression }
  | { readonly kind: 'if'; readonly line: number; readonly branches: readonly Branch[]; readonly otherwise: Block }
  | ForStatement
  | { readonly kind: 'set'; readonly line: number; readonly target: Target; readonly value: Expression }
  | SetBlock
  | MacroStatement
  | { readonly kind: 'call'; readonly line: number; readonly call: CallExpression; readonly body: MacroStatement }
  | { readonly kind: 'filter'; readonly line: number; readonly filters: readonly FilterCall[]; readonly body: Block }
  | WithStatement
  /** A block of its own scope: `{% generation %}`. */
  | { readonly kind: 'scope'; readonly line: number; readonly body: Block }
  | { readonly kind: 'break' | 'continue'; readonly line: number };

export type Block = readonly Statement[];

export interface Branch {
  readonly test: Expression;
  readonly body: Block;
}

export interface ForStatement {
  readonly kind: 'for';
  readonly line: number;
  readonly target: Target;
  readonly items: Expression;
  /** Items for which it is false are skipped. */
  readonly test: Expression | undefined;
  readonly recursive: boolean;
  readonly body: Block;
  /** Where there were no items. */
  readonly otherwise: Block;
}

export interface SetBlock {
  readonly kind: 'set block';
  readonly line: number;
  readonly target: Target;
  readonly filters: readonly FilterCall[];
  readonly body: Block;
}

/** A macro, or the body of a call block, which is a macro without a name. */
export interface MacroStatement {
  readonly kind: 'macro';
  readonly line: number;
  readonly name: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: Block;
  /** Of `caller`, `kwargs` and `varargs`, those that the body names. */
  readonly uses: ReadonlySet<string>;
}

export interface Parameter {
  readonly name: string;
  readonly default: Expression | undefined;
}

export interface WithStatement {
  readonly kind: 'with';
  readonly line: number;
  readonly targets: readonly Target[];
  readonly values: readonly Expression[];
  readonly body: Block;
}

/** What can be assigned to. */
export type Target =
  | { readonly kind: 'name'; readonly line: number; readonly name: string }
  | { readonly kind: 'attribute of name'; readonly line: number; readonly name: string; readonly attribute: string }
  | { readonly kind: 'targets'; readonly line: number; readonly targets: readonly Target[] };

export type Expression =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expression; readonly key: Expression }
  | SliceExpression
  | CallExpression
  | { readonly kind: 'filter'; readonly of: Expression; readonly filter: FilterCall }
  | { readonly kind: 'test'; readonly of: Expression; readonly name: string; readonly args: Arguments }
  | { readonly kind: 'not' | 'negative' | 'positive'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'concat'; readonly parts: readonly Expression[] }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly (readonly [Comparison, Expression])[];
    }
  | ConditionalExpression;

/** A float is boxed, since 1 and 1.0 are two things. */
export type Constant = null | boolean | number | bigint | string | { readonly float: number };

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export interface SliceExpression {
  readonly kind: 'slice';
  readonly of: Expression;
  readonly start: Expression | undefined;
  readonly stop: Expression | undefined;
  readonly step: Expression | undefined;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly of: Expression;
  readonly args: Arguments;
}

export interface ConditionalExpression {
  readonly kind: 'conditional';
  readonly line: number;
  readonly test: Expression;
  readonly then: Expression;
  readonly otherwise: Expression | undefined;
}

export interface FilterCall {
  readonly name: string;
  readonly args: Arguments;
}

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  /** `*args` */
  readonly more: Expression | undefined;
  /** `**kwargs` */
  readonly moreNamed: Expression | undefined;
}
