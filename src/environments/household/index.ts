/** The embedded default environment: chores in generated rooms. Needs no data. */
export { DIFFICULTIES, type Difficulty } from './difficulty.ts';
export { type HouseholdOptions, HouseholdSuite, openHousehold } from './suite.ts';
export { UnknownSplitError } from './unknown-split.ts';
export { UnknownTaskError } from './unknown-task.ts';
