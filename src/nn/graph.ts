import {
  type Attribute,
  type Dim,
  type ElementType,
  elementNumber,
  encodeModel,
  type OnnxConstant,
  type OnnxNode,
} from './onnx.ts';

/** A tensor in a graph: a name with an element type and a shape. */
export interface Value {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly Dim[];
}

/**
 * Vector-Jacobian product of one operation: given ∂loss/∂output, emits nodes for ∂loss/∂input of every input for which
 * `needed` is true (others may be left undefined).
 */
export type Pullback = (gradient: Value, needed: readonly boolean[]) => readonly (Value | undefined)[];

/** The same for several outputs, of which some may have no influence on the loss. */
type Pullbacks = (
  gradients: readonly (Value | undefined)[],
  needed: readonly boolean[],
) => readonly (Value | undefined)[];

interface NodeOptions {
  readonly dtype?: ElementType;
  readonly domain?: string;
  /** Whether it stands before all that are not. */
  readonly first?: boolean;
}

interface Recorded {
  readonly outputs: readonly Value[];
  readonly inputs: readonly Value[];
  readonly pullback: Pullbacks;
}

/**
 * Builds an ONNX graph and, from the operations recorded on the way, its reverse-mode derivative as further nodes of the
 * same graph. Values are in execution order, so the file needs no sorting.
 */
export class Graph {
  readonly name: string;
  /** Outputs that stay on the device. */
  readonly kept: string[] = [];
  private readonly nodes: OnnxNode[] = [];
  /** Nodes that stand before all others, see `widened`. */
  private readonly first: OnnxNode[] = [];
  private readonly inputs: Value[] = [];
  private readonly outputs: Value[] = [];
  private readonly constants: OnnxConstant[] = [];
  private readonly constantsByKey = new Map<string, Value>();
  private tape: Recorded[] = [];
  private counter = 0;

  /** Whether only operations are used that every provider has; some of the processor's own are faster there. */
  readonly portable: boolean;

  constructor(name: string, portable = false) {
    this.name = name;
    this.portable = portable;
  }

  /** A tensor fed at run time. */
  input(name: string, dtype: ElementType, shape: readonly Dim[]): Value {
    const value = { name, dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A tensor handed back at run time under `name`. */
  output(name: string, value: Value): void {
    const named = { ...value, name };
    this.nodes.push({ type: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: {} });
    this.outputs.push(named);
  }

  /** The same, for a tensor that stays on the device it was computed on. */
  keep(name: string, value: Value): void {
    this.output(name, value);
    this.kept.push(name);
  }

  get outputNames(): string[] {
    return this.outputs.map((v) => v.name);
  }

  /** A tensor fixed when the graph is built; equal constants are stored once. */
  constant(dtype: 'float32' | 'int64', shape: readonly number[], numbers: readonly number[]): Value {
    const key = `${dtype}:${shape.join(',')}:${numbers.join(',')}`;
    const known = this.constantsByKey.get(key);
    if (known) return known;
    const array = dtype === 'float32' ? new Float32Array(numbers) : BigInt64Array.from(numbers, BigInt);
    const constant = { name: this.fresh('c'), dtype, shape, data: new Uint8Array(array.buffer) };
    this.constants.push(constant);
    this.constantsByKey.set(key, constant);
    return constant;
  }

  scalar(x: number): Value {
    return this.constant('float32', [], [x]);
  }

  /** Emits one ONNX node with one output; no gradient is recorded. */
  node(
    type: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly Dim[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): Value {
    return this.nodeOutputs(type, inputs, [shape], attributes, options)[0];
  }

  /** Emits one ONNX node with several outputs of one element type; no gradient is recorded. */
  nodeOutputs(
    type: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly Dim[])[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): Value[] {
    const outputs = shapes.map((shape) => ({ name: this.fresh('v'), dtype: options.dtype ?? 'float32', shape }));
    (options.first ? this.first : this.nodes).push({
      type,
      domain: options.domain ?? '',
      inputs: inputs.map((v) => v?.name ?? ''),
      outputs: outputs.map((v) => v.name),
      attributes,
    });
    return outputs;
  }

  /**
   * Rows `from` … `to` of a matrix in float16, as float32: converted anew for every use, right before it, so that few are there at a time. The
   * runtime walks back from the outputs and, of a node's inputs, computes those first that stand last in the file: so these stand first.
   * Standing where they are used, all would be computed before everything else and kept.
   */
  widened(w: Value, from: number, to: number): Value {
    const vector = (n: number): Value => this.constant('int64', [1], [n]);
    const shape = [to - from, ...w.shape.slice(1)];
    const whole = shape[0] === w.shape[0];
    const options = { dtype: w.dtype, first: true } as const;
    const part = whole ? w : this.node('Slice', [w, vector(from), vector(to), vector(0)], shape, {}, options);
    return this.node('Cast', [part], shape, { to: elementNumber('float32') }, { first: true });
  }

  /** Whether equal nodes are meant to stay apart: an optimizer that joins them would keep what `widened` lets go of. */
  get repeats(): boolean {
    return this.first.length > 0;
  }

  /** Remembers how to differentiate `output` with respect to `inputs`. */
  record(output: Value, inputs: readonly Value[], pullback: Pullback): Value {
    this.recordAll([output], inputs, ([gradient], needed) => pullback(gradient!, needed));
    return output;
  }

  /** The same for an operation with several outputs; the pullback is called when at least one has a gradient. */
  recordAll(outputs: readonly Value[], inputs: readonly Value[], pullback: Pullbacks): void {
    this.tape.push({ outputs, inputs, pullback });
  }

  /**
   * A part of the network whose way back is finished, gradients of its weights included, before that of what comes before it begins: left to
   * itself, the runtime computes the weights' gradients of all parts last and keeps everything for them until then.
   *
   * @param inputs float tensors of two dimensions; the first gets a gradient
   * @param again emit `part` once more where the way back needs what it computes, so that nothing inside is kept from the way there (Chen et
   *   al. 2016, arXiv 1604.06174). The copy starts from the inputs and the gradient that has arrived: so no optimizer can find the
   *   two equal, and it does not run before it is needed.
   */
  stage(
    inputs: readonly Value[],
    again: boolean,
    part: (inputs: readonly Value[]) => readonly Value[],
  ): readonly Value[] {
    const { result: outputs, tape } = this.taped(() => part(inputs));
    const made = new Set(tape.flatMap((r) => r.outputs.map((v) => v.name)));
    const given = new Set(inputs.map((v) => v.name));
    const captured = new Map<string, Value>();
    for (const v of tape.flatMap((r) => r.inputs)) {
      if (!made.has(v.name) && !given.has(v.name)) captured.set(v.name, v);
    }
    const all = [...inputs, ...captured.values()];
    this.recordAll(outputs, all, (gradients, needed) => {
      const seeds = (values: readonly Value[]): Map<string, Value> =>
        new Map(values.flatMap((v, i) => (gradients[i] ? [[v.name, gradients[i]] as const] : [])));
      const wanted = all.flatMap((_, i) => (needed[i] ? [i] : []));
      const leaves = (from: readonly Value[]): Value[] => wanted.map((i) => [...from, ...captured.values()][i]);
      let back: (Value | undefined)[];
      if (again) {
        const nothing = this.nothing(gradients.flatMap((d) => d ?? []));
        const copies = inputs.map((x) => this.node('Add', [x, nothing], x.shape));
        back = this.taped(() => this.backward(seeds(part(copies)), leaves(copies))).result;
      } else {
        back = this.taped(() => this.backward(seeds(outputs), leaves(inputs)), tape).result;
      }
      const result = all.map((_, i) => (needed[i] ? back[wanted.indexOf(i)] : undefined));
      const ofWeights = result.slice(inputs.length).flatMap((d) => d ?? []);
      const [down] = result;
      if (down && ofWeights.length > 0) result[0] = this.node('Add', [down, this.nothing(ofWeights)], down.shape);
      return result;
    });
    return outputs;
  }

  /** 0, as a tensor [1, 1] that cannot be known before all of `values` are (of one or two dimensions). */
  private nothing(values: readonly Value[]): Value {
    const corners = values.map((v) => {
      const axes = v.shape.map((_, i) => i);
      const vector = (numbers: readonly number[]): Value => this.constant('int64', [axes.length], numbers);
      const bounds = [vector(axes.map(() => 0)), vector(axes.map(() => 1)), vector(axes)];
      return this.node(
        'Slice',
        [v, ...bounds],
        axes.map(() => 1),
      );
    });
    const zero = this.constant('float32', [1, 1], [0]);
    const sum = this.portable
      ? corners.reduce((a, b) => this.node('Add', [a, b], [1, 1]), zero)
      : this.node('Sum', [...corners, zero], [1, 1]);
    return this.node('Mul', [sum, this.scalar(0)], [1, 1]);
  }

  private taped<T>(work: () => T, tape: readonly Recorded[] = []): { result: T; tape: readonly Recorded[] } {
    const outer = this.tape;
    this.tape = [...tape];
    try {
      return { result: work(), tape: this.tape };
    } finally {
      this.tape = outer;
    }
  }

  /**
   * Emits ∂loss/∂v for every v of `wrt` by going over the tape backwards.
   *
   * @param loss a scalar (shape [])
   * @throws Error when the loss does not depend on one of them
   */
  gradients(loss: Value, wrt: readonly Value[]): Value[] {
    if (loss.shape.length > 0) throw new Error(`gradients: the loss must be a scalar, not [${loss.shape.join(', ')}]`);
    return this.backward(new Map([[loss.name, this.scalar(1)]]), wrt).map((gradient, i) => {
      if (!gradient) throw new Error(`gradients: the loss does not depend on ${wrt[i].name}`);
      return gradient;
    });
  }

  /** Gradients of what `flowing` starts from; undefined where there is no influence. */
  private backward(flowing: Map<string, Value>, wrt: readonly Value[]): (Value | undefined)[] {
    const needs = new Set(wrt.map((v) => v.name));
    for (const { outputs, inputs } of this.tape) {
      if (inputs.some((v) => needs.has(v.name))) for (const v of outputs) needs.add(v.name);
    }
    for (const { outputs, inputs, pullback } of this.tape.slice().reverse()) {
      const gradients = outputs.map((v) => flowing.get(v.name));
      if (!gradients.some((d) => d !== undefined) || !outputs.some((v) => needs.has(v.name))) continue;
      const needed = inputs.map((v) => needs.has(v.name));
      const back = pullback(gradients, needed);
      inputs.forEach((input, i) => {
        const g = back[i];
        if (!needed[i] || !g) return;
        const sofar = flowing.get(input.name);
        flowing.set(input.name, sofar ? this.node('Add', [sofar, g], input.shape) : g);
      });
    }
    return wrt.map((v) => flowing.get(v.name));
  }

  /** The graph as an ONNX model file. */
  encode(): Uint8Array {
    const { name, first, nodes, inputs, outputs, constants } = this;
    return encodeModel({ name, nodes: [...first, ...nodes], inputs, outputs, constants });
  }

  private fresh(prefix: string): string {
    return `${prefix}${this.counter++}`;
  }
}
