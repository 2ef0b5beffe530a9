import { type Attribute, type Dim, type ElementType, encodeModel, type OnnxConstant, type OnnxNode } from './onnx.ts';

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

interface Recorded {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly pullback: Pullback;
}

/**
 * Builds an ONNX graph and, from the operations recorded on the way, its reverse-mode derivative as further nodes of the
 * same graph. Values are in execution order, so the file needs no sorting.
 */
export class Graph {
  readonly name: string;
  private readonly nodes: OnnxNode[] = [];
  private readonly inputs: Value[] = [];
  private readonly outputs: Value[] = [];
  private readonly constants: OnnxConstant[] = [];
  private readonly constantsByKey = new Map<string, Value>();
  private readonly tape: Recorded[] = [];
  private counter = 0;

  constructor(name: string) {
    this.name = name;
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
    options: { dtype?: ElementType; domain?: string } = {},
  ): Value {
    return this.nodeOutputs(type, inputs, [shape], attributes, options)[0];
  }

  /** Emits one ONNX node with several outputs of one element type; no gradient is recorded. */
  nodeOutputs(
    type: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly Dim[])[],
    attributes: Record<string, Attribute> = {},
    options: { dtype?: ElementType; domain?: string } = {},
  ): Value[] {
    const outputs = shapes.map((shape) => ({ name: this.fresh('v'), dtype: options.dtype ?? 'float32', shape }));
    this.nodes.push({
      type,
      domain: options.domain ?? '',
      inputs: inputs.map((v) => v?.name ?? ''),
      outputs: outputs.map((v) => v.name),
      attributes,
    });
    return outputs;
  }

  /** Remembers how to differentiate `output` with respect to `inputs`. */
  record(output: Value, inputs: readonly Value[], pullback: Pullback): Value {
    this.tape.push({ output, inputs, pullback });
    return output;
  }

  /**
   * Emits ∂loss/∂v for every v of `wrt` by going over the tape backwards.
   *
   * @param loss a scalar (shape [])
   * @throws Error when the loss does not depend on one of them
   */
  gradients(loss: Value, wrt: readonly Value[]): Value[] {
    if (loss.shape.length > 0) throw new Error(`gradients: the loss must be a scalar, not [${loss.shape.join(', ')}]`);
    const needs = new Set(wrt.map((v) => v.name));
    for (const { output, inputs } of this.tape) {
      if (inputs.some((v) => needs.has(v.name))) needs.add(output.name);
    }
    const flowing = new Map<string, Value>([[loss.name, this.scalar(1)]]);
    for (const { output, inputs, pullback } of this.tape.slice().reverse()) {
      const gradient = flowing.get(output.name);
      if (!gradient || !needs.has(output.name)) continue;
      const needed = inputs.map((v) => needs.has(v.name));
      const back = pullback(gradient, needed);
      inputs.forEach((input, i) => {
        const g = back[i];
        if (!needed[i] || !g) return;
        const sofar = flowing.get(input.name);
        flowing.set(input.name, sofar ? this.node('Add', [sofar, g], input.shape) : g);
      });
    }
    return wrt.map((v) => {
      const g = flowing.get(v.name);
      if (!g) throw new Error(`gradients: the loss does not depend on ${v.name}`);
      return g;
    });
  }

  /** The graph as an ONNX model file. */
  encode(): Uint8Array {
    const { name, nodes, inputs, outputs, constants } = this;
    return encodeModel({ name, nodes, inputs, outputs, constants });
  }

  private fresh(prefix: string): string {
    return `${prefix}${this.counter++}`;
  }
}
