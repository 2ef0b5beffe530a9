import { html, type Markup, renderPage, trusted } from '../../reports/index.ts';
import type { ComparisonResults } from '../results.ts';
import type { Figure } from './figures.ts';
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
${missing !== undefined && html`<p class="warning">${missing}.</p>`}
</header>
${results.environments.flatMap(({ environment }) =>
  results.panels.map((panel) => {
    const own = pictures.filter((f) => f.environment === environment && f.panel === panel.title);
    return (
      own.length > 0 &&
      html`<section>
<h2>${results.environments.length > 1 ? `${environment}: ` : ''}${panel.title}</h2>
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
  return html`<div class="wide"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((text, i) => html`<th scope="col"${i > 0 && html` class="number"`}>${text}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([name, ...cells]) =>
    html`<tr><th scope="row">${name}</th>${cells.map((text) => html`<td class="number">${text}</td>`)}</tr>\n`,
)}</tbody>
</table></div>
`;
}

const STYLE = `
figure { margin: 1rem 0; }
figure svg { width: 100%; height: auto; max-width: 60rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 0 1rem; }
caption { text-align: left; color: var(--muted); font-size: .85rem; padding: 1.2rem .6rem .3rem; max-width: 60rem; }
td, th { white-space: nowrap; }
`;
