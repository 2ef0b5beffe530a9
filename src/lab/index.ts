/** The laboratory: how far credit is from the exact advantages of small worlds, and what that costs in learning. */
export {
  type AccuracyRecord,
  type Estimate,
  LAB_DEFAULTS,
  type LabProgress,
  type LabResult,
  type LabSettings,
  type LearningRecord,
  runLaboratory,
} from './laboratory.ts';
export { type LearnSettings, learn } from './learn.ts';
export { type Accuracy, type Condition, measure, trueAdvantages } from './measure.ts';
export { labReport } from './report.ts';
export { type LabRollouts, playGroups } from './rollouts.ts';
export { policyOfSkill, softmax } from './skill.ts';
export { type Policy, type Solution, solve } from './solve.ts';
export { allVariants, parseVariant, type Variant, VariantError } from './variants.ts';
export { type CompiledWorld, compileWorld, type Place, type World, WorldError } from './world.ts';
export { WORLDS } from './worlds/index.ts';
