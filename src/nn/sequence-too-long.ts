/** A prompt and its response need more positions than the model has. */
export class SequenceTooLongError extends RangeError {
  readonly code = 'TURNWISE_SEQUENCE_TOO_LONG';
  override readonly name = 'SequenceTooLongError';
  readonly tokens: number;
  readonly positions: number;

  constructor(tokens: number, positions: number) {
    super(
      `a prompt with room for its response takes ${tokens} tokens, but the model has ${positions} positions. Use a model with more, a shorter history or an agent that writes less (agent.name, agent.options.history), or a smaller rollout.maxTokens; or let prompts lose their beginning (rollout.overflow=truncate).`,
    );
    this.tokens = tokens;
    this.positions = positions;
  }
}
