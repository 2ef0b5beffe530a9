/** What can be played: the interface of environments, and the environments by name. */

export { type AlfworldOptions, openAlfworld } from './alfworld/index.ts';
export type {
  EndReason,
  Environment,
  Expert,
  MaybePromise,
  StepResult,
  Suite,
  Task,
  Turn,
} from './environment.ts';
export { type HouseholdOptions, openHousehold } from './household/index.ts';
export type { Inspection, InspectOptions, Problem } from './inspection.ts';
export {
  type EnvironmentDescription,
  type EnvironmentOption,
  environmentList,
  type OpenOptions,
  openSuite,
} from './registry.ts';
export { EnvironmentOptionError, UnknownEnvironmentError } from './registry-errors.ts';
export * from './replay.ts';
