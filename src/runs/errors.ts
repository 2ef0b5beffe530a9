/** A folder that is to become a run folder holds something already. */
export class RunExistsError extends Error {
  readonly code = 'TURNWISE_RUN_EXISTS';
  override readonly name = 'RunExistsError';
  readonly folder: string;

  constructor(folder: string, what: string) {
    super(`${folder} ${what}. Resume that run, or choose another folder for the new one; nothing was changed.`);
    this.folder = folder;
  }
}

/** A run is being written by a process that lives. */
export class RunBusyError extends Error {
  readonly code = 'TURNWISE_RUN_BUSY';
  override readonly name = 'RunBusyError';
  readonly folder: string;

  constructor(folder: string, { pid, host }: { readonly pid: number; readonly host: string }) {
    super(
      `${folder} is being trained by process ${pid} on ${host}. Wait for it or stop it; two must not write one run.`,
    );
    this.folder = folder;
  }
}

/** Another process, which lives, works in a folder that only one may work in. */
export class FolderBusyError extends Error {
  readonly code = 'TURNWISE_FOLDER_BUSY';
  override readonly name = 'FolderBusyError';
  readonly folder: string;

  constructor(folder: string, lock: string, { pid, host, at }: { pid: number; host: string; at: string }) {
    super(
      `${folder}: process ${pid} on ${host} is at work in it (last heard of at ${at}, as ${lock} says). Wait for it or stop it, or name another folder.`,
    );
    this.folder = folder;
  }
}

/** A folder is no run folder, or a part of it is broken. */
export class RunFolderError extends Error {
  readonly code = 'TURNWISE_RUN_FOLDER';
  override readonly name = 'RunFolderError';
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** Where in a file of records something is wrong. */
export interface RecordPlace {
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Path of the field: `steps[3].reward`. */
  readonly field?: string;
}

/** A line of a metrics or episode file is not what it must be. */
export class RecordError extends Error {
  readonly code = 'TURNWISE_RECORD';
  override readonly name = 'RecordError';
  /** What is wrong, without the place. */
  readonly problem: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly field: string | undefined;

  constructor(problem: string, place: RecordPlace, options?: ErrorOptions) {
    const line = place.line === undefined ? '' : `, line ${place.line}`;
    const field = place.field === undefined ? '' : `: \`${place.field}\``;
    super(`${place.file}${line}${field}: ${problem}`, options);
    this.problem = problem;
    this.file = place.file;
    this.line = place.line;
    this.field = place.field;
  }
}

/** A file cannot be written where it was wanted. */
export class OutputError extends Error {
  readonly code = 'TURNWISE_OUTPUT';
  override readonly name = 'OutputError';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}

const DISK_CODES: Readonly<Record<string, 'TURNWISE_DISK_FULL' | 'TURNWISE_NO_PERMISSION'>> = {
  ENOSPC: 'TURNWISE_DISK_FULL',
  EDQUOT: 'TURNWISE_DISK_FULL',
  EACCES: 'TURNWISE_NO_PERMISSION',
  EPERM: 'TURNWISE_NO_PERMISSION',
  EROFS: 'TURNWISE_NO_PERMISSION',
};

/** The run folder could not be written, for a reason the user can remove. What was written before is whole. */
export class RunWriteError extends Error {
  override readonly name = 'RunWriteError';
  readonly code: 'TURNWISE_DISK_FULL' | 'TURNWISE_NO_PERMISSION';
  readonly path: string;

  private constructor(code: RunWriteError['code'], path: string, cause: unknown) {
    const why =
      code === 'TURNWISE_DISK_FULL'
        ? 'the disk (or your quota) is full. Free some space'
        : 'this user may not write there. Change the permissions';
    super(`Cannot write ${path}: ${why} and try again; what was written before is whole.`, { cause });
    this.code = code;
    this.path = path;
  }

  /** A full disk or a missing permission as a RunWriteError; any other error as it is. */
  static from(error: unknown, path: string): unknown {
    const code = DISK_CODES[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
    return code === undefined ? error : new RunWriteError(code, path, error);
  }
}
