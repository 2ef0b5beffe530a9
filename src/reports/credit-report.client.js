import { showAgreement } from './credit-report-agreement.client.js';
import { chooseGroup, groups, names } from './credit-report-choice.client.js';
import { showEpisode } from './credit-report-episode.client.js';
import { showGraph } from './credit-report-graph.client.js';
import { showInspector } from './credit-report-inspector.client.js';

/** Fills the page that `credit-report.ts` makes. When all is drawn, `data-ready` is set on the root element. */
if (names.length > 1) showAgreement();
if (groups.length > 0) {
  showGraph();
  showInspector();
  showEpisode();
  chooseGroup(0);
}
document.documentElement.dataset.ready = 'true';
