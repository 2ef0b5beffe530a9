/** Comparisons: variants × environments × seeds as runs, and what they show. */
export {
  type Budget,
  type CellResult,
  CellResultError,
  type CurvePoint,
  readCell,
  TOLD_METRICS,
} from './cell-result.ts';
export {
  type CellPlan,
  type Comparison,
  ComparisonError,
  type ComparisonInput,
  type ComparisonPlan,
  comparisonSchema,
  planComparison,
} from './comparison.ts';
export {
  type CellRecord,
  type ComparisonRecord,
  extendRecord,
  readRecord,
  recordOf,
} from './comparison-record.ts';
export { writeComparison } from './report/write-report.ts';
export { type ReportPlan, reportPlan } from './report-plan.ts';
export {
  type ComparisonResults,
  difference,
  type EnvironmentResults,
  type FinishedCell,
  type Measure,
  type Panel,
  summarizeComparison,
  type VariantResults,
} from './results.ts';
export { type ResultsFile, readResultsFile } from './results-file.ts';
export { type Outcome, type RunCellsOptions, type RunnableCell, runCells } from './run-cells.ts';
export {
  type Estimate,
  estimate,
  firstReached,
  meanHeight,
  type PairedDifference,
  pairedDifference,
  studentQuantile,
} from './statistics.ts';
