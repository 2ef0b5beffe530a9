/** What can be played: the interface of environments, and the environments by name. */

export { type AlfworldOptions, openAlfworld } from './alfworld/index.ts';
export {
  type EndReason,
  type Environment,
  type Expert,
  isAdmissible,
  type MaybePromise,
  type StepResult,
  type Suite,
  type Task,
  type Turn,
} from './environment.ts';
export { type HouseholdOptions, openHousehold } from './household/index.ts';
export type { Inspection, InspectOptions, Problem } from './inspection.ts';
export {
  checkEnvironment,
  type EnvironmentDescription,
  type EnvironmentOption,
  environmentList,
  type OpenOptions,
  openSuite,
} from './registry.ts';
export { EnvironmentOptionError, UnknownEnvironmentError } from './registry-errors.ts';
export * from './replay.ts';
export { openWebShop, type WebShopOptions } from './webshop/index.ts';
