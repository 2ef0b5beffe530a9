/** Where in a batch something is wrong; indices count from 0. */
export interface BatchPlace {
  readonly field: string;
  readonly group?: string;
  readonly episode?: number;
  readonly episodeId?: string;
  readonly step?: number;
}

/** The episodes, or the columns made of them, cannot be given credit. */
export class CreditBatchError extends Error {
  readonly code = 'TURNWISE_CREDIT_BATCH';
  /** What is wrong, without the place. */
  readonly problem: string;
  readonly field: string;
  readonly group: string | undefined;
  readonly episode: number | undefined;
  readonly episodeId: string | undefined;
  readonly step: number | undefined;

  constructor(problem: string, place: BatchPlace) {
    super(`${describePlace(place)}${problem}`);
    this.name = 'CreditBatchError';
    this.problem = problem;
    this.field = place.field;
    this.group = place.group;
    this.episode = place.episode;
    this.episodeId = place.episodeId;
    this.step = place.step;
  }
}

/** No algorithm has this name. */
export class UnknownAlgorithmError extends Error {
  readonly code = 'TURNWISE_CREDIT_ALGORITHM';
  readonly algorithm: string;
  /** The known name it resembles, where it resembles one. */
  readonly nearest: string | undefined;
  readonly known: readonly string[];

  constructor(algorithm: string, nearest: string | undefined, known: readonly string[]) {
    const hint = nearest === undefined ? '' : `; the nearest name is "${nearest}"`;
    super(`There is no credit algorithm "${algorithm}"${hint}. Choose one of: ${known.join(', ')}.`);
    this.name = 'UnknownAlgorithmError';
    this.algorithm = algorithm;
    this.nearest = nearest;
    this.known = known;
  }
}

/** An option the algorithm does not have, or a value it cannot take. */
export class CreditOptionError extends Error {
  readonly code = 'TURNWISE_CREDIT_OPTION';
  readonly algorithm: string;
  readonly option: string;
  readonly value: unknown;

  constructor(algorithm: string, option: string, value: unknown, problem: string) {
    super(`Option "${option}" of credit algorithm "${algorithm}": ${problem}`);
    this.name = 'CreditOptionError';
    this.algorithm = algorithm;
    this.option = option;
    this.value = value;
  }
}

function describePlace(place: BatchPlace): string {
  const parts: string[] = [];
  if (place.group !== undefined) parts.push(`group "${place.group}"`);
  if (place.episode !== undefined) {
    parts.push(`episode ${place.episode}${place.episodeId === undefined ? '' : ` ("${place.episodeId}")`}`);
  }
  if (place.step !== undefined) parts.push(`step ${place.step}`);
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}
