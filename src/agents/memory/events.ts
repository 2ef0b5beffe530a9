/**
 * What an observation says, in words that do not depend on the environment's wording. A reader turns observation text into
 * these; everything else of the memory knows nothing of sentences.
 */
export type MemoryEvent =
  | { readonly kind: 'task'; readonly sentence: string }
  /** The places there are. */
  | { readonly kind: 'places'; readonly places: readonly string[] }
  /** The agent stands here now. */
  | { readonly kind: 'at'; readonly place: string }
  | { readonly kind: 'closed'; readonly place: string }
  /** What can be seen in or on a place, which is therefore not closed. */
  | { readonly kind: 'contents'; readonly place: string; readonly things: readonly string[] }
  | { readonly kind: 'took'; readonly thing: string; readonly place: string }
  | { readonly kind: 'put'; readonly thing: string; readonly place: string }
  | { readonly kind: 'holding'; readonly thing: string | undefined }
  /** The thing now has this quality; another of the same group gives way (warm and cold exclude each other). */
  | { readonly kind: 'quality'; readonly thing: string; readonly quality: string; readonly replaces?: string }
  | { readonly kind: 'switched'; readonly thing: string; readonly on: boolean }
  /** The command did nothing. */
  | { readonly kind: 'refused' };

/** Reads one environment's wording. */
export interface Reader {
  /** True when this reader knows the wording of a first observation. */
  knows(observation: string): boolean;
  read(observation: string): MemoryEvent[];
  /** Kinds of places where a task with these words gets its thing cleaned, heated, cooled or lit. */
  tools(words: readonly string[]): readonly string[];
}
