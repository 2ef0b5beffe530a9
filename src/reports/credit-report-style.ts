/** What the credit report adds to the style of every page. */
export const CREDIT_REPORT_STYLE = `
:root { --value-low: #e3e9ea; --value-high: #0b7d70; --unknown: #c9ced6; --mark: #b00f7a; }
@media (prefers-color-scheme: dark) {
  :root { --value-low: #39424b; --value-high: #35d6bd; --unknown: #4a525d; --mark: #ff6fc4; }
}
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; margin: 1rem 0; }
.facts div { display: flex; flex-direction: column-reverse; max-width: 11rem; justify-content: flex-end; }
.facts dt { color: var(--muted); font-size: .8rem; line-height: 1.25; }
.facts dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.algorithms { font-size: .88rem; }
.algorithms th[scope="row"] { white-space: nowrap; font-weight: 600; }
.algorithms td { min-width: 16rem; }
.options { color: var(--muted); font-size: .8rem; }
.options span { display: inline-block; margin-right: .6em; white-space: nowrap; }
.options b { color: var(--ink); font-weight: 500; }

#matrix { font-size: .8rem; }
#matrix thead th { height: 8.6rem; padding: .2rem 0; border: 0; vertical-align: bottom; color: var(--ink); }
#matrix thead th span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
#matrix thead th, #matrix td { width: 3.7rem; min-width: 3rem; text-align: center; }
#matrix tbody th { border: 0; vertical-align: middle; padding-right: .6rem; text-align: right; white-space: nowrap; font-weight: 500; }
#matrix td {
  --share: 0;
  padding: .4rem 0;
  border: 1px solid var(--paper);
  background: color-mix(in oklab, var(--tint) calc(var(--share) * 62%), var(--panel));
}
#matrix td.same { color: var(--muted); }
.up { --tint: var(--positive); }
.down { --tint: var(--negative); }

.histograms { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.4rem 1.6rem; margin-top: 1rem; }
.histograms figure { margin: 0; }
.histograms figcaption { font-weight: 600; font-size: .9rem; }
.histograms svg { display: block; width: 100%; height: auto; }
.histograms dl { margin: .2rem 0 0; padding: 0 .5rem; font-size: .78rem; font-variant-numeric: tabular-nums; }
.histograms dl div { display: flex; justify-content: space-between; gap: .4rem; white-space: nowrap; }
.histograms dt { color: var(--muted); }
.histograms dd { margin: 0; }
.histogram rect.above { fill: var(--positive); }
.histogram rect.below { fill: var(--negative); }
.histogram rect.around, .histogram rect.box { fill: var(--muted); }
.histogram rect.box { fill-opacity: .45; }
.histogram .median { stroke: var(--ink); stroke-width: 2; }
.histogram .zero { stroke: var(--muted); stroke-dasharray: 2 2; }
svg.histogram text { font-size: 10px; }

.graph { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 1rem; }
.canvas { position: relative; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
#graph { display: block; width: 100%; height: 40rem; touch-action: none; cursor: grab; user-select: none; }
#graph.dragging { cursor: grabbing; }
.zoom { position: absolute; right: .5rem; bottom: .5rem; display: flex; gap: .25rem; }
.zoom button { min-width: 2rem; }
#graph .edge { --share: 0; color: color-mix(in oklab, var(--tint) calc(25% + var(--share) * 75%), var(--unknown)); opacity: .6; }
#graph .edge.unknown { color: var(--unknown); }
#graph .edge .line { fill: none; stroke: currentColor; stroke-linecap: round; }
#graph .edge .head { fill: currentColor; }
#graph .edge .catch { fill: none; stroke: transparent; stroke-width: 11; cursor: pointer; }
#graph .edge:hover, #graph .edge.chosen { opacity: 1; }
#graph .node { cursor: pointer; outline: none; }
#graph .node circle.disc { --share: 0; fill: color-mix(in oklab, var(--value-high) calc(var(--share) * 100%), var(--value-low)); stroke: var(--muted); stroke-width: .75; }
#graph .node.unknown circle.disc { fill: var(--unknown); stroke-dasharray: 2 2; }
#graph .node.success circle.disc { fill: var(--positive); stroke: var(--positive); }
#graph .node.failure circle.disc { fill: var(--negative); stroke: var(--negative); }
#graph .node circle.ring { fill: none; stroke: none; stroke-width: 2; }
#graph .node.success circle.ring { stroke: var(--positive); }
#graph .node.failure circle.ring { stroke: var(--negative); }
#graph .node.chosen circle.ring, #graph .node:focus-visible circle.ring { stroke: var(--mark); stroke-width: 3; }
#graph .node .sign { fill: var(--paper); font: 700 12px system-ui, sans-serif; text-anchor: middle; }
#graph .node .caption { fill: var(--ink); font: 10px system-ui, sans-serif; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; paint-order: stroke; }
#graph.far .node .caption { display: none; }
#graph.walked .edge:not(.walked):not(:hover):not(.chosen) { opacity: .1; }
#graph.walked .node:not(.walked):not(:hover):not(.chosen) { opacity: .35; }
#graph .edge.walked { opacity: 1; }
#graph .order { fill: var(--paper); font: 700 9px system-ui, sans-serif; text-anchor: middle; }
#graph .order-disc { fill: var(--mark); }
#graph g.orders { pointer-events: none; }
.inspector { position: relative; max-height: 40rem; overflow: auto; padding: .75rem .9rem; border-radius: 6px; background: var(--panel); font-size: .86rem; }
.inspector h3 { margin-bottom: .3rem; font-size: .95rem; }
.inspector h4 { margin: .6rem 0 .1rem; color: var(--muted); font-size: .8rem; font-weight: 500; }
.inspector .text { margin: .4rem 0; max-height: 12rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.inspector table { width: 100%; font-size: .8rem; }
.inspector th, .inspector td { padding: .15rem .3rem .15rem 0; }
.inspector th { font-weight: 500; }
.inspector th:not(:first-child) { text-align: right; }
.inspector th:last-child { text-align: left; }
.inspector button { padding: 0 .3rem; text-align: left; font-size: .8rem; overflow-wrap: anywhere; }
.inspector td.number button { white-space: nowrap; }
.inspector .list button { flex: none; max-width: 70%; }
.inspector .list { margin: .3rem 0 .6rem; padding: 0; list-style: none; }
.inspector .list li { display: flex; justify-content: space-between; gap: .5rem; padding: .15rem 0; border-top: 1px solid var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin-top: .5rem; align-items: center; }
.legend .scale { display: inline-flex; align-items: center; gap: .4rem; }
.legend .ramp { display: inline-block; width: 6rem; height: .7rem; border-radius: 2px; }
.legend .values { background: linear-gradient(to right in oklab, var(--value-low), var(--value-high)); }
.legend .credits { background: linear-gradient(to right in oklab, var(--negative), var(--unknown), var(--positive)); }
.legend .dot { display: inline-block; width: .8rem; height: .8rem; border-radius: 50%; }
.legend .dot.success { background: var(--positive); }
.legend .dot.failure { background: var(--negative); }

#choice { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: center; margin: .6rem 0; padding: .3rem .75rem .45rem; border: 1px solid var(--line); border-radius: 4px; font-size: .85rem; }
#choice legend { color: var(--muted); padding: 0 .3rem; }
#choice label { display: inline-flex; gap: .3rem; align-items: center; }
#choice input { accent-color: var(--accent); margin: 0; }
#choice button { font-size: .8rem; padding: 0 .4rem; }
#steps { width: 100%; font-size: .82rem; }
#steps thead th { position: sticky; top: 0; z-index: 1; padding: .3rem .35rem; background: var(--paper); vertical-align: bottom; box-shadow: inset 0 -1px var(--line); border: 0; }
#steps thead th.algorithm { padding-inline: 0; text-align: center; color: var(--ink); font-size: .78rem; }
#steps thead th.algorithm span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
#steps td, #steps tbody th { padding: .3rem .35rem; }
#steps tbody th { color: var(--muted); font-weight: 500; text-align: right; }
#steps tbody tr:hover { background: var(--panel); }
#steps tbody tr.chosen > :first-child { box-shadow: inset 4px 0 var(--mark); }
#steps tbody tr.chosen { background: color-mix(in oklab, var(--mark) 9%, var(--paper)); }
#steps th.seen, #steps td.seen { width: 26%; min-width: 11rem; }
#steps td.action { min-width: 7rem; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .78rem; }
#steps .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; white-space: pre-wrap; overflow-wrap: anywhere; }
#steps .text.open { display: block; }
#steps .more { padding: 0 .3rem; font-size: .72rem; color: var(--muted); }
#steps .step { padding: 0 .3rem; border-color: transparent; background: none; font-size: inherit; color: inherit; }
#steps .step:hover { border-color: var(--line); }
.invalid { display: inline-block; padding: 0 .3rem; border: 1px solid var(--negative); border-radius: 3px; color: var(--negative); font: 600 .7rem system-ui, sans-serif; }
#steps td.split { white-space: nowrap; text-align: center; color: var(--muted); }
#steps td.split.apart { color: var(--mark); font-weight: 600; }
#steps td.bar { width: 3.5rem; min-width: 3.1rem; padding-inline: 1px; text-align: center; font-size: .7rem; line-height: 1.2; border-left: 1px solid color-mix(in oklab, var(--line) 55%, transparent); }
.diverging { position: relative; height: .6rem; margin: .2rem 2px .15rem; }
.diverging::before { content: ''; position: absolute; left: 50%; top: -2px; bottom: -2px; width: 1px; background: var(--muted); }
.diverging i { position: absolute; top: 0; bottom: 0; left: var(--from); width: var(--length); background: var(--tint); }
.diverging i.cut { border: 0 dotted var(--paper); }
.diverging i.cut.up { border-right-width: 3px; }
.diverging i.cut.down { border-left-width: 3px; }
.outcome { padding: .05rem .45rem; border-radius: 3px; font-size: .85rem; font-weight: 600; }
.outcome.success { color: var(--positive); }
.outcome.failure { color: var(--negative); }

@media (max-width: 60rem) {
  .graph { grid-template-columns: minmax(0, 1fr); }
  .inspector { max-height: 24rem; }
  .steps { overflow-x: auto; }
  #steps thead th { position: static; }
}
@page { size: landscape; margin: 12mm; }
@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  #steps thead th { position: static; }
  .graph { grid-template-columns: minmax(0, 1fr); break-inside: avoid; }
  #graph { height: 16cm; }
  #steps .more { display: none; }
}
`;
