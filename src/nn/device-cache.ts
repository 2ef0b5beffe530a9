import { roundUp } from './batches.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { Graph, type Value } from './graph.ts';
import type { SavedPrefix } from './key-value-cache.ts';
import { maskOf, type ReadEntry, type SequenceCache, type StepFeeds } from './sequence-cache.ts';
import { bool, type Device, type Feeds, float32, int32, int64, type Session, type Tensor } from './sessions.ts';

/** The capacity is a multiple of this many tokens: growing moves everything. */
const STEP = 64;

/** Keys and values of all layers, by the names `k.LAYER`, `v.LAYER`. */
type Layers = Map<string, Tensor>;

/**
 * Keys and values that stay in a device's memory, one tensor [R, K, C, h] for the keys and one for the values of each layer. A sequence has a row;
 * rows without a sequence are computed along and not looked at. New tokens are put in by a graph: cache' = where(selected, new, cache).
 */
export class DeviceCache implements SequenceCache {
  readonly oneBeginning = true;
  private readonly config: DecoderConfig;
  private readonly device: Device;
  private readonly names: readonly string[];
  private readonly sessions = new Map<string, Promise<Session>>();
  private tensors: Layers = new Map();
  private rows = 0;
  private capacity = 0;
  /** Row and tokens of every running sequence. */
  private running: { readonly row: number; filled: number }[] = [];
  private entries: readonly ReadEntry[] = [];
  private beginning: Layers | undefined;

  constructor(config: DecoderConfig, device: Device) {
    this.config = config;
    this.device = device;
    this.names = Array.from({ length: config.layers }, (_, i) => [`k.${i}`, `v.${i}`]).flat();
  }

  async beginRead(entries: readonly ReadEntry[]): Promise<Feeds | undefined> {
    this.entries = entries;
    const count = entries.reduce((n, e) => n + e.sequences, 0);
    await this.reserve(
      this.running.length + count,
      Math.max(...entries.map((e) => e.length), ...this.running.map((r) => r.filled)) + 1,
    );
    const [{ known }] = entries;
    if (known === undefined) return undefined;
    // The same beginning for every row.
    this.beginning = await this.run('expand', expandGraph, {
      ...prefixed('saved', known.saved.tensors!),
      rows: int64(BigInt64Array.of(BigInt(entries.length), 1n, 1n, 1n), [4]),
      end: int64(BigInt64Array.of(BigInt(known.length)), [1]),
    });
    const mask = maskOf(new Array(entries.length).fill(known.length), known.length);
    return {
      ...prefixed('cache', this.beginning),
      'cache.mask': float32(mask, [entries.length, 1, 1, known.length]),
    };
  }

  async endRead(out: Readonly<Record<string, Tensor>>, width: number): Promise<void> {
    const { entries } = this;
    const known = entries[0].known?.length ?? 0;
    const taken = new Set(this.running.map((r) => r.row));
    const free = Array.from({ length: this.rows }, (_, row) => row).filter((row) => !taken.has(row));
    const others = entries.flatMap((e, i) => new Array<number>(e.sequences - 1).fill(i));
    const added = [...entries.keys(), ...others].map((of, i) => ({ row: free[i], of }));
    const from = new Int32Array(this.rows);
    for (const { row, of } of added) from[row] = of;
    const rows = new Set(added.map((a) => a.row));
    if (this.beginning) {
      await this.write(this.beginning, from, 0, known, rows);
      disposeAll(this.beginning);
      this.beginning = undefined;
    }
    const fresh: Layers = new Map(this.names.map((name) => [name, out[name]]));
    await this.write(fresh, from, known, width, rows);
    disposeAll(fresh);
    this.running.push(...added.map(({ row, of }) => ({ row, filled: entries[of].length })));
  }

  async beginStep(): Promise<StepFeeds> {
    await this.reserve(this.running.length, Math.max(...this.running.map((r) => r.filled)) + 1);
    const filled = new Array<number>(this.rows).fill(0);
    for (const r of this.running) filled[r.row] = r.filled;
    const mask = maskOf(filled, this.capacity);
    const feeds = {
      ...prefixed('cache', this.tensors),
      'cache.mask': float32(mask, [this.rows, 1, 1, this.capacity]),
    };
    return { width: this.rows, rows: this.running.map((r) => r.row), feeds };
  }

  async endStep(out: Readonly<Record<string, Tensor>>): Promise<void> {
    const selected = new Uint8Array(this.rows * this.capacity);
    for (const r of this.running) selected[r.row * this.capacity + r.filled] = 1;
    const fresh: Layers = new Map(this.names.map((name) => [name, out[name]]));
    await this.replace(
      await this.run('put', putGraph, {
        ...prefixed('cache', this.tensors),
        ...prefixed('new', fresh),
        selected: bool(selected, [this.rows, 1, this.capacity, 1]),
      }),
    );
    disposeAll(fresh);
    for (const r of this.running) r.filled++;
  }

  async save(sequence: number, tokens: number): Promise<SavedPrefix> {
    const tensors = await this.run('take', takeGraph, {
      ...prefixed('cache', this.tensors),
      row: int32(Int32Array.of(this.running[sequence].row), [1]),
      end: int64(BigInt64Array.of(BigInt(tokens)), [1]),
    });
    return { length: tokens, k: [], v: [], tensors, dispose: () => disposeAll(tensors) };
  }

  release(sequence: number): void {
    const last = this.running.pop()!;
    if (sequence < this.running.length) this.running[sequence] = last;
  }

  close(): void {
    disposeAll(this.tensors);
    if (this.beginning) disposeAll(this.beginning);
    this.tensors = new Map();
    this.beginning = undefined;
    this.running = [];
    this.rows = 0;
    this.capacity = 0;
    for (const session of this.sessions.values()) void session.then((s) => s.release());
    this.sessions.clear();
  }

  private async reserve(sequences: number, tokens: number): Promise<void> {
    const capacity = roundUp(tokens, STEP);
    if (sequences <= this.rows && capacity <= this.capacity) return;
    const rows = Math.max(this.rows, 2 ** Math.ceil(Math.log2(sequences)));
    const wider = Math.max(this.capacity, capacity);
    const { kvHeads: K, headDim: h } = this.config;
    if (this.tensors.size === 0) {
      const zeros = new Float32Array(rows * K * wider * h);
      for (const name of this.names) this.tensors.set(name, await this.device.upload(zeros, [rows, K, wider, h]));
    } else {
      const pads = [0, 0, 0, 0, rows - this.rows, 0, wider - this.capacity, 0];
      await this.replace(
        await this.run('grow', growGraph, {
          ...prefixed('cache', this.tensors),
          pads: int64(BigInt64Array.from(pads, BigInt), [8]),
        }),
      );
    }
    this.rows = rows;
    this.capacity = wider;
  }

  /** Writes `width` tokens of new rows to columns `at`…: cache row r gets row `from[r]` where it is among `rows`. */
  private async write(fresh: Layers, from: Int32Array, at: number, width: number, rows: ReadonlySet<number>) {
    // A read may be padded beyond what its longest sequence needs.
    await this.reserve(this.rows, at + width);
    const selected = new Uint8Array(this.rows * this.capacity);
    for (const row of rows) selected.fill(1, row * this.capacity + at, row * this.capacity + at + width);
    const pads = [0, 0, at, 0, 0, 0, this.capacity - at - width, 0];
    await this.replace(
      await this.run('write', writeGraph, {
        ...prefixed('cache', this.tensors),
        ...prefixed('new', fresh),
        from: int32(from, [this.rows]),
        pads: int64(BigInt64Array.from(pads, BigInt), [8]),
        selected: bool(selected, [this.rows, 1, this.capacity, 1]),
      }),
    );
  }

  private async replace(next: Layers): Promise<void> {
    disposeAll(this.tensors);
    this.tensors = next;
  }

  private async run(
    name: string,
    build: (g: Graph, layer: LayerGraph) => (x: string) => Value,
    feeds: Feeds,
  ): Promise<Layers> {
    let session = this.sessions.get(name);
    if (!session) {
      const g = new Graph(name);
      const make = build(g, new LayerGraph(g, this.config));
      for (const layer of this.names) g.keep(layer, make(layer));
      session = this.device.compile(g);
      this.sessions.set(name, session);
    }
    const out = await (await session).run(feeds);
    return new Map(this.names.map((layer) => [layer, out[layer]]));
  }
}

/** Inputs that the graphs below share. */
class LayerGraph {
  private readonly g: Graph;
  private readonly K: number;
  private readonly h: number;

  constructor(g: Graph, { kvHeads, headDim }: DecoderConfig) {
    this.g = g;
    this.K = kvHeads;
    this.h = headDim;
  }

  input(of: string, layer: string, rows: string | number, tokens: string | number): Value {
    const [kind, number] = layer.split('.');
    return this.g.input(`${of}.${kind}.${number}`, 'float32', [rows, this.K, tokens, this.h]);
  }

  shape(rows: string | number, tokens: string | number): (string | number)[] {
    return [rows, this.K, tokens, this.h];
  }
}

function growGraph(g: Graph, l: LayerGraph) {
  const pads = g.input('pads', 'int64', [8]);
  return (layer: string) => g.node('Pad', [l.input('cache', layer, 'R', 'C'), pads], l.shape('R2', 'C2'));
}

function writeGraph(g: Graph, l: LayerGraph) {
  const from = g.input('from', 'int32', ['R']);
  const pads = g.input('pads', 'int64', [8]);
  const selected = g.input('selected', 'bool', ['R', 1, 'C', 1]);
  return (layer: string) => {
    const wide = g.node('Pad', [l.input('new', layer, 'B', 'T'), pads], l.shape('B', 'C'));
    const spread = g.node('Gather', [wide, from], l.shape('R', 'C'), { axis: 0 });
    return g.node('Where', [selected, spread, l.input('cache', layer, 'R', 'C')], l.shape('R', 'C'));
  };
}

function putGraph(g: Graph, l: LayerGraph) {
  const selected = g.input('selected', 'bool', ['R', 1, 'C', 1]);
  return (layer: string) =>
    g.node('Where', [selected, l.input('new', layer, 'R', 1), l.input('cache', layer, 'R', 'C')], l.shape('R', 'C'));
}

/** The first `end` tokens along the third dimension. */
function firstTokens(g: Graph, x: Value, end: Value, shape: (string | number)[]): Value {
  return g.node('Slice', [x, g.constant('int64', [1], [0]), end, g.constant('int64', [1], [2])], shape);
}

function takeGraph(g: Graph, l: LayerGraph) {
  const row = g.input('row', 'int32', [1]);
  const end = g.input('end', 'int64', [1]);
  return (layer: string) => {
    const one = g.node('Gather', [l.input('cache', layer, 'R', 'C'), row], l.shape(1, 'C'), { axis: 0 });
    return firstTokens(g, one, end, l.shape(1, 'P'));
  };
}

function expandGraph(g: Graph, l: LayerGraph) {
  const rows = g.input('rows', 'int64', [4]);
  const end = g.input('end', 'int64', [1]);
  return (layer: string) => {
    const beginning = firstTokens(g, l.input('saved', layer, 1, 'P'), end, l.shape(1, 'P2'));
    return g.node('Expand', [beginning, rows], l.shape('B', 'P2'));
  };
}

function prefixed(prefix: string, tensors: Layers): Feeds {
  return Object.fromEntries([...tensors].map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
}

function disposeAll(tensors: Layers): void {
  for (const tensor of tensors.values()) tensor.dispose();
}
