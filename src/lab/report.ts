import { html, lineChart, type Markup, renderPage, trusted } from '../reports/index.ts';
import type { AccuracyRecord, LabResult, LearningRecord } from './laboratory.ts';

/** The laboratory's results as one self-contained HTML page. */
export function labReport(result: LabResult): string {
  const { settings, worlds } = result;
  return renderPage({
    title: 'Credit in the laboratory',
    style: STYLE,
    body: html`<main>
<header>
<h1>Credit in the laboratory</h1>
<p>Worlds small enough to be solved: dynamic programming gives the true advantage of every step, A = Q(s, a) − V(s), under the policy that played it (γ = ${settings.gamma}). What each algorithm made of the same rollouts is held against it; then a tabular softmax policy is trained with each.</p>
<dl>${worlds.map(({ name, description }) => html`<dt>${name}</dt><dd>${description}</dd>\n`)}</dl>
</header>
${accuracySection(result)}
${settings.starts.map((start) => learningSection(result, start))}
</main>
`,
  });
}

function accuracySection({ settings, worlds, variants, accuracy }: LabResult): Markup {
  const { groupSize, groupSizes, skills } = settings;
  const rows = variants.map(({ label }) => {
    const own = accuracy.filter((r) => r.variant === label);
    const usual = own.filter((r) => r.groupSize === groupSize);
    const correlation = (records: readonly AccuracyRecord[]): Markup => cell(average(records, (r) => r.correlation));
    return html`<tr><th scope="row">${label}</th>${correlation(usual)}${cell(average(usual, (r) => r.signAccuracy))}${cell(average(usual, (r) => r.bias))}${cell(average(usual, (r) => r.noise))}${cell(average(usual, (r) => r.zeroShare))}${groupSizes.map((size) => correlation(own.filter((r) => r.groupSize === size)))}${skills.map((skill) => correlation(usual.filter((r) => r.skill === skill)))}${worlds.map(({ name }) => correlation(usual.filter((r) => r.world === name)))}</tr>\n`;
  });
  const head = (text: string): Markup => html`<th scope="col" class="number">${text}</th>`;
  return html`<section>
<h2>How near the truth</h2>
<p>Means over the worlds and skills, in groups of ${groupSize} episodes; then the correlation by group size, by the policy's chance of success and by world. <b>sign</b>: share of the steps with credit whose sign is right. <b>bias</b>: what is wrong with the mean credit of an action against the others in the same place, scaled to fit, which no number of episodes averages out; <b>noise</b>: what else is wrong with a single step; both as shares of the true size. <b>none</b>: share of the steps without credit. <code>gae</code> gets the exact values of the policy, as a perfect critic would give them.</p>
<div class="wide"><table>
<thead><tr><th scope="col">variant</th>${['correlation', 'sign', 'bias', 'noise', 'none', ...groupSizes.map((n) => `of ${n}`), ...skills.map((p) => `at ${100 * p} %`), ...worlds.map(({ name }) => name)].map(head)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>
</section>`;
}

function learningSection({ settings, worlds, variants, learning }: LabResult, start: number): Markup {
  const from = start === 0 ? 'a policy that knows nothing' : `a policy that succeeds with ${100 * start} %`;
  const own = learning.filter((r) => r.start === start);
  const order = variants
    .map(({ label }) => ({
      label,
      speed: average(
        own.filter((r) => r.variant === label),
        (r) => r.area.mean,
      ),
    }))
    .sort((a, b) => b.speed - a.speed);
  const recordOf = (label: string, world: string): LearningRecord =>
    own.find((r) => r.variant === label && r.world === world) as LearningRecord;
  return html`<section>
<h2>Learning from ${from}</h2>
<p>The chance of success, computed exactly after each of ${settings.iterations} iterations of ${settings.groups} × ${settings.groupSize} episodes: mean and 95 % interval over ${settings.seeds} seeds. Every variant with the step size of ${settings.learningRates.join(', ')} that it learned fastest with over all worlds. In the table the mean of each curve, in percent.</p>
<div class="wide"><table>
<thead><tr><th scope="col">variant</th><th scope="col" class="number">step size</th><th scope="col" class="number">all</th>${worlds.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${order.map(
  ({ label, speed }) =>
    html`<tr><th scope="row">${label}</th><td class="number">${recordOf(label, worlds[0].name).learningRate}</td><td class="number">${(100 * speed).toFixed(1)}</td>${worlds.map(
      ({ name }) => {
        const { mean, half } = recordOf(label, name).area;
        return html`<td class="number">${(100 * mean).toFixed(0)} ± ${(100 * half).toFixed(1)}</td>`;
      },
    )}</tr>\n`,
)}</tbody>
</table></div>
<div class="curves">
${worlds.map(
  ({ name }) =>
    html`<figure>${trusted(
      lineChart({
        title: name,
        xLabel: 'iteration',
        yLabel: 'chance of success',
        yRange: [0, 1],
        series: order.map(({ label }) => ({
          name: label,
          points: recordOf(label, name).curve.map(({ mean, half }, i) => ({
            x: i,
            y: mean,
            low: mean - half,
            high: mean + half,
          })),
        })),
      }),
    )}</figure>\n`,
)}</div>
</section>
`;
}

function cell(value: number): Markup {
  return html`<td class="number">${value.toFixed(2)}</td>`;
}

function average<R>(records: readonly R[], pick: (record: R) => number): number {
  return records.reduce((sum, record) => sum + pick(record), 0) / records.length;
}

const STYLE = `
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(34rem, 1fr)); gap: 1rem; margin-top: 1rem; }
.curves figure { margin: 0; }
.curves svg { width: 100%; height: auto; }
`;
