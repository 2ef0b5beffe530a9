/** Self-contained HTML pages: one file each, no network, every text escaped. */
export {
  type AdvantageDistribution,
  type CreditReport,
  type CreditTotals,
  type GroupDetail,
  renderCreditReport,
} from './credit-report.ts';
export { embeddedJson, escapeHtml, html, Markup, trusted } from './html.ts';
export { type IntervalChart, type IntervalRow, intervalChart } from './interval-chart.ts';
export { type ChartPoint, type ChartSeries, type LineChart, lineChart } from './line-chart.ts';
export { type Page, renderPage } from './page.ts';
export { pictureFile } from './picture-file.ts';
export type { CaptionPlace } from './state-graph/captions.ts';
export { layoutStateGraph, type StateGraph } from './state-graph/layout.ts';
export { percent, readable, ticks } from './ticks.ts';
