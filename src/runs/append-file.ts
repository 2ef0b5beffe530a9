import { type FileHandle, open } from 'node:fs/promises';
import { RunWriteError } from './errors.ts';

/** A file that grows by pieces, each of them there as a whole or not at all, but for what a kill may leave of the last. */
export class AppendFile {
  readonly path: string;
  private readonly file: FileHandle;
  private bytes: number;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.path = path;
    this.file = file;
    this.bytes = bytes;
  }

  /**
   * Opens a file that is there (`r+`), one that is made empty (`w+`), or one that must be new (`wx+`).
   *
   * @throws RunWriteError when it cannot be written
   */
  static async open(path: string, flags: 'r+' | 'w+' | 'wx+'): Promise<AppendFile> {
    try {
      const file = await open(path, flags);
      return new AppendFile(path, file, (await file.stat()).size);
    } catch (error) {
      throw RunWriteError.from(error, path);
    }
  }

  /** Bytes of whole pieces. */
  get size(): number {
    return this.bytes;
  }

  /**
   * Appends a piece, which is on the disk when the promise is settled.
   *
   * @throws RunWriteError when the disk is full; what was written before is whole, and the call may be repeated
   */
  async append(piece: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < piece.length; ) {
        at += (await this.file.write(piece, at, piece.length - at, this.bytes + at)).bytesWritten;
      }
      await this.file.datasync();
    } catch (error) {
      // Best effort: what stays of the piece is overwritten by the next one, or dropped by the next reader.
      await this.file.truncate(this.bytes).catch(() => undefined);
      throw RunWriteError.from(error, this.path);
    }
    this.bytes += piece.length;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
