import { Budget, type Limits, LONGEST_TEMPLATE } from './budget.ts';
import { Interpreter, Scope, setEntry } from './interpreter.ts';
import { Operations } from './operations.ts';
import { type ParsedTemplate, parse } from './parser.ts';
import { formatTime } from './strftime.ts';
import { TemplateError } from './template-error.ts';
import { Callable, type Dict, type Named, Namespace, typeName, type Value, View } from './values.ts';

export interface RenderOptions {
  /** What `strftime_now` takes for now, in the time zone of the process. Default: now. */
  readonly now?: Date;
  readonly limits?: Limits;
}

/** Items that `range` may have in the sandbox that transformers uses. */
const LONGEST_RANGE = 100_000;

/**
 * A Jinja template, rendered as transformers renders chat templates: Jinja 3.1 in its immutable sandbox with `trim_blocks`,
 * `lstrip_blocks`, `{% break %}`, `{% continue %}`, `{% generation %}` and the functions `raise_exception` and `strftime_now`.
 * There are no other templates to include or extend, no HTML escaping, and no filters that depend on chance or print for people.
 */
export class Template {
  private readonly parsed: ParsedTemplate;

  /** @throws TemplateError when it is malformed or longer than 2^18 characters */
  constructor(source: string) {
    if (source.length > LONGEST_TEMPLATE) {
      throw new TemplateError(`it has ${source.length} characters; a chat template may have ${LONGEST_TEMPLATE}.`);
    }
    this.parsed = withoutOverflow(() => parse(source));
  }

  /** The template's own text and all strings in it. */
  get literals(): readonly string[] {
    return this.parsed.literals;
  }

  /**
   * @throws TemplateError when the template raises an exception, does what Jinja would not let it do, or goes over a limit
   */
  render(variables: ReadonlyMap<string, Value>, { now = new Date(), limits }: RenderOptions = {}): string {
    const ops = new Operations(new Budget(limits));
    const { body, unset } = this.parsed;
    const root = new Scope(undefined, new Map([...globals(ops, now), ...variables]));
    return withoutOverflow(() => new Interpreter(ops, unset).renderInside(body, root));
  }
}

/** Nesting that is too deep for the machine, and texts longer than it can hold, are the template's fault. */
function withoutOverflow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError('it is nested deeper, or makes longer texts, than can be worked with.', undefined, {
      cause: error,
    });
  }
}

function globals(ops: Operations, now: Date): Map<string, Value> {
  const functions: readonly Callable[] = [
    new Callable('range', (args) => range(args)),
    new Callable('dict', (args, named) => new Map([...dictOf(ops, args), ...named])),
    new Callable('namespace', (args, named) => namespace(ops, args, named)),
    new Callable('raise_exception', ([message = '']) => {
      throw new TemplateError(ops.text(message));
    }),
    new Callable('strftime_now', ([format = '']) => ops.made(formatTime(now, ops.text(format)))),
  ];
  return new Map(functions.map((f) => [f.name, f]));
}

function range(args: readonly Value[]): Value {
  const bounds = args.map((arg) => {
    if (typeof arg === 'number' || typeof arg === 'boolean') return Number(arg);
    throw new TemplateError(`'${typeName(arg)}' object cannot be interpreted as an integer.`);
  });
  if (bounds.length < 1 || bounds.length > 3) throw new TemplateError('range expected 1 to 3 arguments.');
  const [start, stop, step = 1] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  if (step === 0) throw new TemplateError('range() arg 3 must not be zero.');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > LONGEST_RANGE) {
    throw new TemplateError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${LONGEST_RANGE}).`);
  }
  return new View(
    'range',
    Array.from({ length }, (_, i) => start + i * step),
    [start, stop, step],
  );
}

function dictOf(ops: Operations, args: readonly Value[]): Dict {
  if (args.length > 1) throw new TemplateError(`dict expected at most 1 argument, got ${args.length}.`);
  const [from] = args;
  if (from === undefined) return new Map();
  if (from instanceof Map) return new Map(from);
  return new Map(
    ops.items(from).map((pair) => {
      const [name, value, ...more] = ops.items(pair);
      if (value === undefined || more.length > 0) throw new TemplateError('a dictionary is made of pairs.');
      return [name, value];
    }),
  );
}

function namespace(ops: Operations, args: readonly Value[], named: Named): Namespace {
  const made = new Namespace();
  for (const [name, value] of [...dictOf(ops, args), ...named]) setEntry(made, ops.text(name), value);
  return made;
}
