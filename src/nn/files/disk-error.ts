export type DiskErrorCode = 'TURNWISE_DISK_FULL' | 'TURNWISE_NO_PERMISSION';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOSPC: 'TURNWISE_DISK_FULL',
  EDQUOT: 'TURNWISE_DISK_FULL',
  EACCES: 'TURNWISE_NO_PERMISSION',
  EPERM: 'TURNWISE_NO_PERMISSION',
  EROFS: 'TURNWISE_NO_PERMISSION',
};

const ADVICE: Readonly<Record<DiskErrorCode, string>> = {
  TURNWISE_DISK_FULL: 'the disk (or your quota) is full. Free some space',
  TURNWISE_NO_PERMISSION: 'this user may not write there. Change the permissions or choose another place',
};

/** A file or folder could not be written, for a reason the user can remove. What stood there before is untouched. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  /** What was to be written. */
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, cause: unknown) {
    super(`Cannot write ${path}: ${ADVICE[code]} and run again; what stood there before is unchanged.`, { cause });
    this.code = code;
    this.path = path;
  }

  /** A full disk or a missing permission as a DiskError about `path`; any other error as it is. */
  static from(error: unknown, path: string): unknown {
    const found = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
    const code = error instanceof DiskError ? error.code : CODES[found];
    return code === undefined ? error : new DiskError(code, path, error);
  }
}
