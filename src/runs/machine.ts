import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What a run was computed on. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  readonly processor: string;
  /** Processors this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
}

/** The machine of this process. */
export function thisMachine(): Machine {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    release: release(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}
