import { clientScript } from './client-script.ts';
import type { AdvantageDistribution, AlgorithmUsed, CreditReport, CreditReportPayload } from './credit-report-data.ts';
import { CREDIT_REPORT_STYLE } from './credit-report-style.ts';
import { histogram } from './histogram.ts';
import { html, type Markup } from './html.ts';
import { renderPage } from './page.ts';
import { layoutStateGraph } from './state-graph/layout.ts';
import { percent, readable } from './ticks.ts';

export type {
  AdvantageDistribution,
  AlgorithmUsed,
  CreditReport,
  CreditTotals,
  EpisodeDetail,
  GroupDetail,
  StateEdge,
  StateNode,
  StepDetail,
} from './credit-report-data.ts';

/** Significant digits of the numbers in the page's data. */
const DIGITS = 6;

/**
 * The report as one HTML document that needs no network: what each algorithm gave each step, where they agree, the
 * graph of states they saw and the episodes step by step. Numbers carry six significant digits.
 *
 * @throws RangeError where lists that run over the algorithms or the nodes do not fit.
 */
export function renderCreditReport(report: CreditReport): string {
  check(report);
  const payload: CreditReportPayload = { report: rounded(report), layouts: report.groups.map(layoutStateGraph) };
  return renderPage({
    title: `Credit report: ${report.source}`,
    style: CREDIT_REPORT_STYLE,
    script: clientScript(new URL('./credit-report.client.js', import.meta.url)),
    data: payload,
    body: html`<main>
${header(report)}
${agreement(report)}
${distributions(report)}
${report.groups.length > 0 && html`${GRAPH}\n${EPISODE}`}
<noscript><p class="warning">The matrix, the graph and the episodes are drawn by a script in this page, which is switched off.</p></noscript>
</main>
`,
  });
}

function header({ source, created, algorithms, totals, warnings, groups }: CreditReport): Markup {
  const facts: [string, string | number][] = [
    ['episodes', totals.episodes],
    ['groups', totals.groups],
    ['steps', totals.steps],
    ['success', percent(totals.successRate)],
    ['episodes cut by the step limit', totals.truncatedEpisodes],
    ['states', totals.states],
    ['steps whose state no other step shares', percent(totals.singletonShare)],
    ['groups where all rewards are equal', totals.zeroVarianceGroups],
  ];
  return html`<header>
<h1>Who gets the credit: ${source}</h1>
<p class="muted small">${algorithms.length} algorithms on the same rollouts, ${created}. ${groups.length} of ${totals.groups} groups are shown step by step.</p>
${warnings.map((warning) => html`<p class="warning" role="note"><strong>Warning.</strong> ${warning}</p>\n`)}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<div class="wide"><table class="algorithms">
<caption class="hidden">Algorithms and their options</caption>
<thead><tr><th scope="col">Algorithm</th><th scope="col">Advantage</th><th scope="col">Options</th></tr></thead>
<tbody>
${algorithms.map(
  ({ name, description, options }) =>
    html`<tr><th scope="row">${name}</th><td>${description}</td><td class="options">${Object.entries(options).map(
      ([key, value]) => html`<span>${key} <b>${typeof value === 'string' ? value : JSON.stringify(value)}</b></span> `,
    )}</td></tr>\n`,
)}</tbody>
</table></div>
</header>`;
}

function agreement({ algorithms }: CreditReport): Markup {
  if (algorithms.length < 2) return html``;
  return html`<section aria-labelledby="agreement">
<h2 id="agreement">Agreement</h2>
<p>Each cell compares the advantages that two algorithms gave to the same steps of the whole file: blue where they pull the same way, orange where they pull apart, empty where one of them is constant.</p>
<div class="controls" role="group" aria-label="Measure of agreement" id="measures">
<button type="button" value="pearson" aria-pressed="true">Pearson</button>
<button type="button" value="spearman" aria-pressed="false">Spearman</button>
<button type="button" value="sign" aria-pressed="false">Same sign</button>
</div>
<p id="measure-note" class="muted small" aria-live="polite"></p>
<div class="wide"><table id="matrix"></table></div>
</section>`;
}

function distributions({ algorithms, distributions }: CreditReport): Markup {
  return html`<section aria-labelledby="distributions">
<h2 id="distributions">Distributions</h2>
<p>Advantages over all steps, each on its own scale. The box under the axis spans the quartiles; its notch is the median.</p>
<div class="histograms">
${algorithms.map((algorithm, i) => distribution(algorithm, distributions[i]))}</div>
</section>`;
}

function distribution({ name }: AlgorithmUsed, d: AdvantageDistribution): Markup {
  return html`<figure>
<figcaption>${name}</figcaption>
${histogram({ title: `Advantages of ${name}`, edges: d.edges, counts: d.counts, quartiles: [d.p25, d.p50, d.p75] })}
<dl>
<div><dt>median</dt><dd>${readable(d.p50)}</dd></div>
<div><dt>quartiles</dt><dd>${readable(d.p25)} … ${readable(d.p75)}</dd></div>
<div><dt>5 and 95 %</dt><dd>${readable(d.p05)} … ${readable(d.p95)}</dd></div>
<div><dt>mean ± std</dt><dd>${readable(Math.abs(d.mean) < 1e-9 * d.std ? 0 : d.mean)} ± ${readable(d.std)}</dd></div>
<div><dt>zero; |A| &gt; 1</dt><dd>${percent(d.zeroShare)}; ${percent(d.shareAboveOne)}</dd></div>
</dl>
</figure>
`;
}

const GRAPH = html`<section aria-labelledby="graph-title">
<h2 id="graph-title">States of a group</h2>
<p>A disc is a state: its size says how often the group was there, its colour the mean return from there. A line is a step from state to state: its width says how often, its colour the mean advantage in standard deviations of the chosen algorithm over the file.</p>
<div class="controls">
<label>Group <select id="group"></select></label>
<label>Colour of the lines <select id="colouring"></select></label>
<label>Path of <select id="path"></select></label>
</div>
<div class="graph">
<div class="canvas">
<svg xmlns="http://www.w3.org/2000/svg" id="graph" role="group" tabindex="-1" aria-describedby="graph-help"></svg>
<div class="zoom screen" role="group" aria-label="View of the graph"><button type="button" id="zoom-in" aria-label="Zoom in">+</button><button type="button" id="zoom-out" aria-label="Zoom out">−</button><button type="button" id="zoom-fit">fit</button></div>
</div>
<div class="inspector" id="inspector" role="region" aria-label="What is selected in the graph" aria-live="polite" tabindex="0"></div>
</div>
<div class="legend small muted" id="legend"></div>
<p class="muted small screen" id="graph-help">Drag to move; Ctrl and wheel, or the wheel once the picture has the focus, to zoom. Keys: arrows go from state to state, Enter selects, + − 0 zoom, Shift and arrows move the picture, Escape lets go.</p>
</section>`;

const EPISODE = html`<section aria-labelledby="episode-title">
<h2 id="episode-title">Episode, step by step</h2>
<div class="controls">
<label>Episode <select id="episode"></select></label>
<button type="button" class="screen" id="previous" aria-label="Previous episode">‹</button><button type="button" class="screen" id="next" aria-label="Next episode">›</button>
<span id="outcome"></span>
</div>
<fieldset class="screen" id="choice"><legend>Algorithms shown</legend></fieldset>
<p class="muted small">A bar is the advantage in standard deviations of that algorithm over the file, blue to the right of the line and orange to the left; a full half is 3, and a longer one ends in a notch. The number is the advantage itself. <b>+/−</b> counts the shown algorithms that raise and lower the step; it is marked where they do not agree.</p>
<div class="steps"><table id="steps"></table></div>
</section>`;

/** Lists that run over the algorithms must have one entry for each. */
function check({ algorithms, agreement, distributions, groups }: CreditReport): void {
  const count = algorithms.length;
  const fits = (list: readonly unknown[], what: string) => {
    if (list.length !== count) throw new RangeError(`${what} has ${list.length} entries for ${count} algorithms`);
  };
  for (const [name, matrix] of Object.entries(agreement)) {
    fits(matrix, `agreement.${name}`);
    for (const row of matrix) fits(row, `a row of agreement.${name}`);
  }
  fits(distributions, 'distributions');
  for (const { group, edges, episodes } of groups) {
    for (const edge of edges) fits(edge.advantages, `an edge of group "${group}"`);
    for (const { id, steps } of episodes) {
      for (const step of steps) fits(step.advantages, `a step of episode "${id}"`);
    }
  }
}

/** The same plain data with shorter numbers. */
function rounded<T>(value: T): T {
  if (typeof value === 'number') return Number(value.toPrecision(DIGITS)) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)])) as T;
}
