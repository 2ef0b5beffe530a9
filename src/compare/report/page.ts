import { html, type Markup, renderPage, trusted } from '../../reports/index.ts';
import type { ComparisonResults } from '../results.ts';
import type { Figure } from './figures.ts';
import { panelHeading } from './heading.ts';
import { missingRuns, pairTable, panelTables, type Table } from './tables.ts';

/** The report as one self-contained page. */
export function pageReport(results: ComparisonResults, pictures: readonly Figure[], facts: readonly string[]): string {
  const missing = missingRuns(results);
  return renderPage({
    title: results.title,
    style: STYLE,
    body: html`<main>
<header><h1>${results.title}</h1>
<ul>${facts.map((fact) => html`<li>${fact}</li>\n`)}</ul>
${missing !== undefined && html`<p class="warning">${missing}</p>`}
</header>
${results.environments.flatMap(({ environment }) =>
  results.panels.map((panel) => {
    const own = pictures.filter((f) => f.environment === environment && f.panel === panel.title);
    const heading = panelHeading(results, environment, panel);
    return (
      own.length > 0 &&
      html`<section>
${heading !== undefined && html`<h2>${heading}</h2>`}
<figure>${trusted(own[0].svg)}</figure>
${panelTables(results, environment, panel).map(tableOf)}
<div class="figures">${own.slice(1).map(({ svg }) => html`<figure>${trusted(svg)}</figure>\n`)}</div>
${(['area', 'final'] as const).map((measure) => tableOf(pairTable(results, environment, panel, measure)))}
</section>
`
    );
  }),
)}
</main>
`,
  });
}

function tableOf({ caption, head, rows }: Table): Markup {
  return html`<figure><figcaption>${caption}</figcaption>
<div class="wide" role="region" tabindex="0" aria-label="${caption}"><table>
<thead><tr>${head.map((text, i) => html`<th scope="col"${i > 0 && html` class="number"`}>${text}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([name, ...cells]) =>
    html`<tr><th scope="row">${name}</th>${cells.map((text) => html`<td class="number">${text}</td>`)}</tr>\n`,
)}</tbody>
</table></div></figure>
`;
}

const STYLE = `
figure { margin: 1rem 0; }
figure svg { width: 100%; height: auto; max-width: 60rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 0 1rem; }
figcaption { color: var(--muted); font-size: .85rem; padding: .2rem .6rem .3rem; max-width: 60rem; }
td, th { white-space: nowrap; }
/* A table wider than its place has a scroll bar, a shade at the edge where it goes on, and its names stay. */
.wide {
  scrollbar-color: var(--muted) var(--panel);
  background:
    linear-gradient(to left, var(--paper) 1.5rem, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to left, color-mix(in srgb, var(--ink) 35%, transparent), transparent) right / 1rem 100% no-repeat;
}
.wide tr > :first-child { position: sticky; left: 0; background: var(--paper); }
@media print { .wide { overflow: visible; background: none; } }
`;
