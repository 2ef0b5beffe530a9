/** A domain, problem or grammar that cannot be read. */
export class GameTextError extends Error {
  readonly code = 'TURNWISE_GAME_TEXT';
  override readonly name = 'GameTextError';
  /** Which of the texts: `domain`, `problem`, `grammar`. */
  readonly part: string;
  /** Line of the text, from 1, where it is known. */
  readonly line: number | undefined;

  constructor(part: string, problem: string, line?: number) {
    super(`${part}${line === undefined ? '' : `, line ${line}`}: ${problem}`);
    this.part = part;
    this.line = line;
  }
}

/** A game that could be read but, as it turns out while it is played, not told or searched. */
export class GamePlayError extends Error {
  readonly code = 'TURNWISE_GAME_PLAY';
  override readonly name = 'GamePlayError';
  readonly task: string;

  constructor(task: string, cause: GameTextError) {
    super(`${task}: ${cause.message}`, { cause });
    this.task = task;
  }
}
