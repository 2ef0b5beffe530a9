import { type AdamwOptions, globalNorm } from './adamw.ts';
import type { ParameterLayout, ParameterSpec } from './files/parameters.ts';
import { Graph, type Value } from './graph.ts';
import { type Device, type Feeds, type Session, scalar, type Tensor } from './sessions.ts';

/** Tensors by the name of their parameter. */
type Tensors = Map<string, Tensor>;

/** One graph updates as many tensors as have this many elements together: fewer runs, and never all of the weights twice in memory. */
const GROUP_ELEMENTS = 32 * 2 ** 20;
const GROUP_TENSORS = 96;

const EMBEDDING = 'model.embed_tokens.weight';

/**
 * What is trained, its gradients and AdamW's moments in the memory of a device, where they stay from one run to the next; see adamw.ts for the
 * definition of a step.
 */
export class GpuWeights {
  private readonly device: Device;
  private readonly layout: ParameterLayout;
  private readonly groups: readonly (readonly ParameterSpec[])[];
  private readonly sessions = new Map<string, Promise<Session>>();
  private parameters: Tensors = new Map();
  private reference: Tensors = new Map();
  private m: Tensors = new Map();
  private v: Tensors = new Map();
  private gradients: Tensors = new Map();

  constructor(device: Device, layout: ParameterLayout) {
    this.device = device;
    this.layout = layout;
    this.groups = grouped(layout.specs);
  }

  feeds(set: 'current' | 'reference'): Feeds {
    return Object.fromEntries(set === 'current' ? this.parameters : this.reference);
  }

  async setParameters(flat: Float32Array): Promise<void> {
    this.parameters = await this.replaced(this.parameters, flat);
  }

  async setReference(flat: Float32Array): Promise<void> {
    this.reference = await this.replaced(this.reference, flat);
  }

  async setMoments(m: Float32Array, v: Float32Array): Promise<void> {
    this.m = await this.replaced(this.m, m);
    this.v = await this.replaced(this.v, v);
  }

  /** Copies what is on the device to flat arrays. */
  async download(into: { parameters: Float32Array; m: Float32Array; v: Float32Array }): Promise<void> {
    for (const p of this.layout.specs) {
      into.parameters.set(await this.device.download(this.parameters.get(p.name)!), p.offset);
      into.m.set(await this.device.download(this.m.get(p.name)!), p.offset);
      into.v.set(await this.device.download(this.v.get(p.name)!), p.offset);
    }
  }

  clearGradients(): void {
    disposeAll(this.gradients);
    this.gradients = new Map();
  }

  /** Adds the outputs `d.NAME` of a training run; they belong to the gradients from then on. */
  async add(out: Readonly<Record<string, Tensor>>): Promise<void> {
    for (const group of this.groups) {
      const present = group.filter((p) => out[`d.${p.name}`] !== undefined);
      const summed = present.filter((p) => this.gradients.has(p.name));
      for (const p of present) {
        if (!this.gradients.has(p.name)) this.gradients.set(p.name, out[`d.${p.name}`]);
      }
      if (summed.length === 0) continue;
      const key = `add:${summed.map((p) => p.name).join()}`;
      const session = await this.session(key, () => addGraph(summed));
      const feeds: Feeds = {};
      for (const { name } of summed) {
        feeds[`a.${name}`] = this.gradients.get(name)!;
        feeds[`b.${name}`] = out[`d.${name}`];
      }
      const sums = await session.run(feeds);
      for (const { name } of summed) {
        this.gradients.get(name)!.dispose();
        out[`d.${name}`].dispose();
        this.gradients.set(name, sums[name]);
      }
    }
  }

  /**
   * One step of AdamW.
   *
   * @param embedding the share of the embedding's gradient that was collected on the host
   * @returns the gradient norm before clipping; when it is not finite nothing was changed
   */
  async step(options: AdamwOptions, steps: number, embedding?: Float32Array): Promise<number> {
    if (embedding !== undefined) await this.addEmbedding(embedding);
    const norm = await this.norm();
    if (!Number.isFinite(norm)) return norm;
    const { beta1, beta2 } = options;
    const scale = options.maxGradNorm > 0 && norm > options.maxGradNorm ? options.maxGradNorm / norm : 1;
    const scalars: Feeds = {
      scale: scalar(scale),
      rate: scalar(options.learningRate / (1 - beta1 ** steps)),
      correction: scalar(1 / Math.sqrt(1 - beta2 ** steps)),
      epsilon: scalar(options.epsilon),
      keep: scalar(1 - options.learningRate * options.weightDecay),
      beta1: scalar(beta1),
      beta2: scalar(beta2),
      rest1: scalar(1 - beta1),
      rest2: scalar(1 - beta2),
    };
    for (const [g, group] of this.groups.entries()) {
      const session = await this.session(`step${g}`, () => stepGraph(group));
      const feeds: Feeds = { ...scalars };
      for (const { name } of group) {
        feeds[`p.${name}`] = this.parameters.get(name)!;
        feeds[`m.${name}`] = this.m.get(name)!;
        feeds[`v.${name}`] = this.v.get(name)!;
        feeds[`g.${name}`] = this.gradients.get(name)!;
      }
      const out = await session.run(feeds);
      for (const { name } of group) {
        for (const [kind, tensors] of [
          ['p', this.parameters],
          ['m', this.m],
          ['v', this.v],
        ] as const) {
          tensors.get(name)!.dispose();
          tensors.set(name, out[`new.${kind}.${name}`]);
        }
      }
    }
    return norm;
  }

  async close(): Promise<void> {
    for (const tensors of [this.parameters, this.reference, this.m, this.v, this.gradients]) disposeAll(tensors);
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private async addEmbedding(embedding: Float32Array): Promise<void> {
    const spec = this.layout.specs.find((p) => p.name === EMBEDDING)!;
    await this.add({ [`d.${EMBEDDING}`]: await this.device.upload(embedding, spec.shape) });
  }

  private async norm(): Promise<number> {
    const sums: number[] = [];
    for (const [g, group] of this.groups.entries()) {
      const session = await this.session(`norm${g}`, () => normGraph(group));
      const feeds = Object.fromEntries(group.map(({ name }) => [name, this.gradients.get(name)!]));
      const out = await session.run(feeds);
      sums.push(...(out.squares.data as Float32Array));
    }
    return globalNorm(Float32Array.from(sums, Math.sqrt));
  }

  private async replaced(old: Tensors, flat: Float32Array): Promise<Tensors> {
    disposeAll(old);
    const tensors: Tensors = new Map();
    for (const p of this.layout.specs) {
      tensors.set(p.name, await this.device.upload(flat.subarray(p.offset, p.offset + p.size), p.shape));
    }
    return tensors;
  }

  private session(name: string, build: () => Graph): Promise<Session> {
    let session = this.sessions.get(name);
    if (!session) {
      session = this.device.compile(build());
      this.sessions.set(name, session);
    }
    return session;
  }
}

function grouped(specs: readonly ParameterSpec[]): ParameterSpec[][] {
  const groups: ParameterSpec[][] = [];
  let elements = 0;
  for (const p of specs) {
    const last = groups.at(-1);
    if (last && elements + p.size <= GROUP_ELEMENTS && last.length < GROUP_TENSORS) {
      last.push(p);
      elements += p.size;
    } else {
      groups.push([p]);
      elements = p.size;
    }
  }
  return groups;
}

function addGraph(specs: readonly ParameterSpec[]): Graph {
  const g = new Graph('add');
  for (const { name, shape } of specs) {
    const both = ['a', 'b'].map((side) => g.input(`${side}.${name}`, 'float32', shape));
    g.keep(name, g.node('Add', both, shape));
  }
  return g;
}

/** Σ g² of every tensor, in one vector that goes to the host. */
function normGraph(specs: readonly ParameterSpec[]): Graph {
  const g = new Graph('norm');
  const squares = specs.map(({ name, shape }) => {
    const x = g.input(name, 'float32', shape);
    const square = g.node('Mul', [x, x], shape);
    const axes = g.constant(
      'int64',
      [shape.length],
      shape.map((_, i) => i),
    );
    const sum = g.node(
      'ReduceSum',
      [square, axes],
      shape.map(() => 1),
      { keepdims: 1 },
    );
    return g.node('Reshape', [sum, g.constant('int64', [1], [1])], [1]);
  });
  g.output('squares', squares.length === 1 ? squares[0] : g.node('Concat', squares, [squares.length], { axis: 0 }));
  return g;
}

function stepGraph(specs: readonly ParameterSpec[]): Graph {
  const g = new Graph('step');
  const names = ['scale', 'rate', 'correction', 'epsilon', 'keep', 'beta1', 'beta2', 'rest1', 'rest2'] as const;
  const s = Object.fromEntries(names.map((n) => [n, g.input(n, 'float32', [])])) as Record<
    (typeof names)[number],
    Value
  >;
  for (const { name, shape } of specs) {
    const input = (kind: string): Value => g.input(`${kind}.${name}`, 'float32', shape);
    const mul = (a: Value, b: Value): Value => g.node('Mul', [a, b], shape);
    const add = (a: Value, b: Value): Value => g.node('Add', [a, b], shape);
    const gradient = mul(input('g'), s.scale);
    const m = add(mul(input('m'), s.beta1), mul(gradient, s.rest1));
    const v = add(mul(input('v'), s.beta2), mul(mul(gradient, gradient), s.rest2));
    const root = add(mul(g.node('Sqrt', [v], shape), s.correction), s.epsilon);
    const p = shape.length > 1 ? mul(input('p'), s.keep) : input('p');
    g.keep(`new.m.${name}`, m);
    g.keep(`new.v.${name}`, v);
    g.keep(`new.p.${name}`, g.node('Sub', [p, g.node('Div', [mul(m, s.rate), root], shape)], shape));
  }
  return g;
}

function disposeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) tensor.dispose();
}
