/** Credit for rollouts in files: read group by group, given credit by any algorithms, written in the order of the file. */
export { type CreditFileOptions, type CreditFileResult, creditFile } from './credit-file.ts';
export { ALL, makePlans, type Plan, PlanError, type Plans } from './plans.ts';
export { type FileGroup, type ReadGroupsOptions, readGroups } from './read-groups.ts';
export { creditReport } from './report.ts';
export type { SampledGroup } from './sample.ts';
export { type Agreement, type Distribution, Statistics } from './statistics.ts';
