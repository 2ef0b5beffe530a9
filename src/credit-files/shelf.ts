import { Spool } from '../runs/index.ts';

/** Columns of one group, to be had when they are wanted. */
export interface Columns {
  read(): Float64Array[];
}

/** Keeps columns of numbers in a temporary file, to the last bit. */
export class Shelf {
  private spool: Spool | undefined;

  /** Columns of equal length. */
  put(columns: readonly Float64Array[]): Columns {
    this.spool ??= new Spool();
    const { spool } = this;
    const places = columns.map((column) =>
      spool.write(new Uint8Array(column.buffer, column.byteOffset, column.byteLength)),
    );
    const length = columns.length === 0 ? 0 : columns[0].byteLength;
    return {
      read: () =>
        places.map((place) => {
          // A copy of its own begins where numbers may begin.
          const bytes = Uint8Array.from(spool.read(place, length));
          return new Float64Array(bytes.buffer);
        }),
    };
  }

  /** Forgets what was put there, and the file. */
  remove(): void {
    this.spool?.remove();
    this.spool = undefined;
  }
}
