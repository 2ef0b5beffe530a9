/** One field of a protobuf message as its bytes say: a number of wire type 0, 1 or 5, or bytes. */
export interface Field {
  readonly field: number;
  readonly wire: number;
  readonly bytes: Buffer;
  /** Wire type 0. */
  readonly varint: bigint;
}

/** Reads a message by the wire format alone: protobuf.dev/programming-guides/encoding. */
export function readMessage(message: Uint8Array): Field[] {
  const buffer = Buffer.from(message);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < buffer.length) {
    const tag = varint();
    const [field, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (wire === 0) {
      fields.push({ field, wire, bytes: Buffer.alloc(0), varint: varint() });
      continue;
    }
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(varint()) : Number.NaN;
    if (Number.isNaN(length) || at + length > buffer.length)
      throw new Error(`broken field ${field} of wire type ${wire}`);
    fields.push({ field, wire, bytes: buffer.subarray(at, at + length), varint: 0n });
    at += length;
  }
  return fields;
}

/** The only field of this number, or undefined. */
export function one(fields: readonly Field[], field: number): Field | undefined {
  const found = fields.filter((f) => f.field === field);
  if (found.length > 1) throw new Error(`field ${field} is there ${found.length} times`);
  return found[0];
}

export function all(fields: readonly Field[], field: number): Field[] {
  return fields.filter((f) => f.field === field);
}
