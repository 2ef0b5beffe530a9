/** Files of models: Hugging Face folders, safetensors, tokenizers; written so that a crash never leaves half of one. */
export * from './adapter.ts';
export * from './atomic.ts';
export { type BpeGoal, type BpeOptions, trainBpe } from './bpe-trainer.ts';
export * from './chat-template.ts';
export * from './checkpoint.ts';
export * from './checkpoint-error.ts';
export * from './disk-error.ts';
export * from './encode-chat.ts';
export {
  type DecoderConfig,
  formatModelConfig,
  type ModelConfig,
  parseModelConfig,
  type SpecialTokenIds,
  SUPPORTED_ARCHITECTURES,
} from './model-config.ts';
export * from './model-weights.ts';
export * from './parameters.ts';
export * from './read-adapter.ts';
export * from './safetensors.ts';
export * from './token-text.ts';
export * from './tokenizer.ts';
export { END_OF_TEXT, SPECIAL_TOKENS } from './tokenizer-format.ts';
