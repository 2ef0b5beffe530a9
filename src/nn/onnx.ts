import { PbfWriter } from 'pbf';

/**
 * Writes the part of the ONNX protobuf format that the graph builder needs (onnx.proto, IR version 10).
 */

export type ElementType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool';
/** A known size, or the name of one that is decided at run time. */
export type Dim = number | string;

export type Attribute = number | { readonly float: number } | string | readonly number[];

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly Dim[];
}

export interface OnnxConstant extends OnnxValue {
  readonly shape: readonly number[];
  /** Little-endian element bytes. */
  readonly data: Uint8Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
}

const ELEMENT: Record<ElementType, number> = { float32: 1, float16: 10, int32: 6, int64: 7, bool: 9 };
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 };
const OPSET = 21;

/** The number by which Cast names a type. */
export function elementNumber(type: ElementType): number {
  return ELEMENT[type];
}

/** The bytes of a ModelProto that holds the graph. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const w = new PbfWriter();
  w.writeVarintField(1, 10);
  w.writeStringField(2, 'turnwise');
  w.writeMessage(7, writeGraph, graph);
  w.writeMessage(8, writeOpset, { domain: '', version: OPSET });
  w.writeMessage(8, writeOpset, { domain: 'com.microsoft', version: 1 });
  return w.finish();
}

function writeOpset(o: { domain: string; version: number }, w: PbfWriter): void {
  w.writeStringField(1, o.domain);
  w.writeVarintField(2, o.version);
}

function writeGraph(g: OnnxGraph, w: PbfWriter): void {
  for (const n of g.nodes) w.writeMessage(1, writeNode, n);
  w.writeStringField(2, g.name);
  for (const c of g.constants) w.writeMessage(5, writeTensor, c);
  for (const v of g.inputs) w.writeMessage(11, writeValueInfo, v);
  for (const v of g.outputs) w.writeMessage(12, writeValueInfo, v);
}

function writeNode(n: OnnxNode, w: PbfWriter): void {
  for (const i of n.inputs) w.writeStringField(1, i);
  for (const o of n.outputs) w.writeStringField(2, o);
  w.writeStringField(4, n.type);
  for (const entry of Object.entries(n.attributes)) w.writeMessage(5, writeAttribute, entry);
  w.writeStringField(7, n.domain);
}

function writeAttribute([name, value]: [string, Attribute], w: PbfWriter): void {
  w.writeStringField(1, name);
  if (typeof value === 'number') {
    w.writeVarintField(3, value);
    w.writeVarintField(20, ATTRIBUTE.int);
  } else if (typeof value === 'string') {
    w.writeStringField(4, value);
    w.writeVarintField(20, ATTRIBUTE.string);
  } else if ('float' in value) {
    w.writeFloatField(2, value.float);
    w.writeVarintField(20, ATTRIBUTE.float);
  } else {
    for (const i of value) w.writeVarintField(8, i);
    w.writeVarintField(20, ATTRIBUTE.ints);
  }
}

function writeTensor(t: OnnxConstant, w: PbfWriter): void {
  for (const d of t.shape) w.writeVarintField(1, d);
  w.writeVarintField(2, ELEMENT[t.dtype]);
  w.writeStringField(8, t.name);
  w.writeBytesField(9, t.data);
}

function writeValueInfo(v: OnnxValue, w: PbfWriter): void {
  w.writeStringField(1, v.name);
  w.writeMessage(2, writeType, v);
}

function writeType(v: OnnxValue, w: PbfWriter): void {
  w.writeMessage(1, writeTensorType, v);
}

function writeTensorType(v: OnnxValue, w: PbfWriter): void {
  w.writeVarintField(1, ELEMENT[v.dtype]);
  w.writeMessage(2, writeShape, v.shape);
}

function writeShape(shape: readonly Dim[], w: PbfWriter): void {
  for (const d of shape) w.writeMessage(1, writeDim, d);
}

function writeDim(d: Dim, w: PbfWriter): void {
  if (typeof d === 'number') w.writeVarintField(1, d);
  else w.writeStringField(2, d);
}
