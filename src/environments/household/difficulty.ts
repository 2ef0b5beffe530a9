/** How large and how cluttered a room is. */

export const DIFFICULTIES = ['easy', 'medium', 'hard'] as const;

export type Difficulty = (typeof DIFFICULTIES)[number];

export interface DifficultyLevel {
  /** Number of places, inclusive range. */
  readonly places: readonly [number, number];
  /** Number of things besides those the task is about, inclusive range. */
  readonly clutter: readonly [number, number];
  /** No closable place is added once this share of the places can be closed. */
  readonly closable: number;
  /** How many more things of the wanted kind there may be than the task needs. */
  readonly spare: number;
  /** Probability that the wanted things start in a closed place where one takes them. */
  readonly hidden: number;
  /** Probability that a wanted thing starts where it must end, though not yet as it must be. */
  readonly decoy: number;
  /** Step limit. */
  readonly maxSteps: number;
}

export const LEVELS: Readonly<Record<Difficulty, DifficultyLevel>> = {
  easy: { places: [5, 7], clutter: [3, 6], closable: 0.35, spare: 0, hidden: 0.2, decoy: 0, maxSteps: 20 },
  medium: { places: [8, 12], clutter: [8, 14], closable: 0.5, spare: 1, hidden: 0.4, decoy: 0.15, maxSteps: 30 },
  hard: { places: [14, 20], clutter: [16, 28], closable: 0.6, spare: 1, hidden: 0.6, decoy: 0.3, maxSteps: 50 },
};
