import { expect, test } from 'vitest';
import { findBrowser, openInBrowser } from './browser.test-support.ts';
import { type ReportSize, wanderingReport } from './credit-report.test-support.ts';
import { renderCreditReport } from './credit-report.ts';
import type { CreditReportPayload } from './credit-report-data.ts';

const SIZE: ReportSize = { groups: 2, episodes: 4, steps: 12, states: 20, algorithms: 5 };
const HOSTILE = `</script><img src=x onerror="document.title='taken'"><!-- <b id='own'> & "quoted" \u2028\u2029 end`;

function dataOf(page: string): CreditReportPayload {
  const [, json] = page.match(/<script type="application\/json" id="data">(.*)<\/script>/) ?? [];
  return JSON.parse(json);
}

test('hostile text comes back from the data word for word and is markup nowhere', () => {
  const page = renderCreditReport(wanderingReport({ ...SIZE, text: HOSTILE }));
  const { report } = dataOf(page);
  expect(report.source).toBe(HOSTILE);
  expect(report.warnings).toEqual([HOSTILE]);
  expect(report.groups[0].group).toBe(HOSTILE);
  expect(report.groups[0].nodes[0].text).toBe(HOSTILE);
  expect(report.groups[1].episodes[3].steps[2].action).toBe(HOSTILE);
  expect(page).not.toMatch(/<img|<b id/);
  expect(page).not.toMatch(/[\u2028\u2029](?=[^<]*<\/script>)/);
  // The only elements are those of the same page without the text.
  const elements = (text: string) => text.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '').match(/<\/?[a-z!][\w-]*/gi);
  expect(elements(page)).toEqual(elements(renderCreditReport(wanderingReport(SIZE))));
});

test('the page names no address but the namespace of SVG', () => {
  const page = renderCreditReport(wanderingReport(SIZE));
  expect(new Set(page.match(/https?:\/\/[^\s"'<]*/g))).toEqual(new Set(['http://www.w3.org/2000/svg']));
  expect(page).not.toMatch(/\ssrc=|<link|@import|url\(/);
});

test('warnings, options, totals and every algorithm are in the document itself', () => {
  const report = wanderingReport(SIZE);
  const page = renderCreditReport(report);
  expect(page).toContain('A sentence that must not be missed.');
  expect(page).toContain('2 of 3 groups are shown');
  expect(page).toContain('gamma <b>0.95</b>');
  for (const { name } of report.algorithms) expect(page).toContain(`aria-label="Advantages of ${name}"`);
});

test('numbers keep six significant digits, and what is no number is null', () => {
  const report = wanderingReport(SIZE);
  const { value, ...node } = report.groups[0].nodes[0];
  const [first, ...rest] = report.groups;
  const nodes = [{ ...node, value: Number.NaN }, { ...node, value: 1.23456789 }, ...first.nodes.slice(2)];
  const data = dataOf(renderCreditReport({ ...report, groups: [{ ...first, nodes }, ...rest] }));
  expect(Number.isFinite(value)).toBe(true);
  expect(data.report.groups[0].nodes.slice(0, 2).map((n) => n.value)).toEqual([null, 1.23457]);
});

test('lists that do not fit the algorithms are refused', () => {
  const report = wanderingReport(SIZE);
  expect(() => renderCreditReport({ ...report, algorithms: report.algorithms.slice(1) })).toThrow(RangeError);
  expect(() => renderCreditReport({ ...report, distributions: [] })).toThrow(/distributions has 0 entries for 5/);
});

const browser = findBrowser();
if (browser === undefined) {
  console.log('skipped: the report in a browser; no chromium or chrome on PATH or in CHROME_PATH');
}

test.skipIf(browser === undefined).each([
  ['plain', undefined],
  ['hostile', HOSTILE],
])('a browser fills the matrix, the graph and the table from a file: %s text', async (_, text) => {
  const report = wanderingReport({ ...SIZE, text });
  const page = renderCreditReport(report);
  const dom = await openInBrowser(browser as string, page);
  const [root] = dom.match(/<html[^>]*>/) ?? [];
  expect(root).toContain('data-ready="true"');
  expect(root).not.toContain('data-error');
  const part = (id: string, end: string) =>
    dom.slice(dom.indexOf(`id="${id}"`), dom.indexOf(end, dom.indexOf(`id="${id}"`)));

  expect(part('matrix', '</table>').match(/<td title=/g)).toHaveLength(25);
  const graph = part('graph', '</svg>');
  expect(graph.match(/class="node /g)).toHaveLength(report.groups[0].nodes.length);
  expect(graph.match(/class="edge /g)).toHaveLength(report.groups[0].edges.length);
  const table = part('steps', '</table>');
  expect(table.match(/<tr data-node=/g)).toHaveLength(12);
  expect(table.match(/class="bar"/g)).toHaveLength(12 * 5);
  expect(table.match(/class="invalid"/g)).toHaveLength(2);
  expect(dom).not.toMatch(/<img|<b id/);
  expect(dom).not.toContain('<title>taken');
});

test.skipIf(browser === undefined)(
  'a report of one algorithm and no group shown is drawn without an error',
  async () => {
    const report = { ...wanderingReport({ ...SIZE, algorithms: 1 }), groups: [] };
    const [root] = (await openInBrowser(browser as string, renderCreditReport(report))).match(/<html[^>]*>/) ?? [];
    expect(root).toContain('data-ready="true"');
    expect(root).not.toContain('data-error');
  },
);
