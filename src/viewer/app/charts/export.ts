import { visible } from '../text/visible.ts';
import { formatCsv, type Table } from './csv.ts';

/** What a picture on its own must carry, since the page's style does not come along. */
const STYLES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const;

const SVG = 'http://www.w3.org/2000/svg';

/**
 * A picture of the page as a file of its own: its colours and type written into it, what is only for the screen
 * (`data-screen`) left out, the paper behind it. A drawing that can be moved is exported whole, where it says how large it is
 * (`data-whole="x y width height"`).
 */
export function svgDocument(svg: SVGSVGElement, title: string): { xml: string; width: number; height: number } {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    const told = STYLES.map((name) => `${name}:${plainColours(style.getPropertyValue(name))}`);
    for (const name of ['class', 'tabindex', 'role', 'style']) copies[i].removeAttribute(name);
    // Not as an attribute, which the policy of the page forbids.
    (copies[i] as SVGElement).style.cssText = told.join(';');
  });
  for (const extra of copy.querySelectorAll('[data-screen]')) extra.remove();
  const moved = copy.querySelector('[data-moved]');
  moved?.removeAttribute('transform');

  const [x, y, width, height] = (
    svg.dataset['whole'] ?? `0 0 ${svg.clientWidth || svg.getBoundingClientRect().width} ${svg.clientHeight}`
  )
    .split(' ')
    .map(Number);
  for (const [name, value] of Object.entries({
    xmlns: SVG,
    width,
    height,
    viewBox: `${x} ${y} ${width} ${height}`,
  })) {
    copy.setAttribute(name, String(value));
  }
  const paper = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries({ x, y, width, height, fill: paperColour() })) {
    paper.setAttribute(name, String(value));
  }
  const heading = document.createElementNS(SVG, 'title');
  heading.textContent = visible(title);
  copy.prepend(heading, paper);
  return { xml: new XMLSerializer().serializeToString(copy), width, height };
}

/** Colours that a style mixed, in the notation that every program reads: `color(srgb 0.2 0.4 1 / 0.5)` becomes `rgba(…)`. */
export function plainColours(value: string): string {
  return value.replace(/color\(srgb ([\d.e+-]+) ([\d.e+-]+) ([\d.e+-]+)(?: \/ ([\d.e+-]+))?\)/g, (_, r, g, b, a) => {
    const channels = [r, g, b].map((share) => Math.round(255 * Math.min(1, Math.max(0, Number(share)))));
    return a === undefined ? `rgb(${channels.join(', ')})` : `rgba(${channels.join(', ')}, ${a})`;
  });
}

function paperColour(): string {
  return getComputedStyle(document.body).backgroundColor;
}

/** A browser draws no larger pictures; pixels. */
const LARGEST = 8000;

/** The same picture in pixels, twice as fine as on the page. */
async function pngOf(svg: SVGSVGElement, title: string): Promise<Blob> {
  const { xml, width, height } = svgDocument(svg, title);
  const scale = Math.min(2, LARGEST / Math.max(width, height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(xml)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('The browser could not draw the picture.')) : resolve(blob)),
      'image/png',
    );
  });
}

export async function savePng(svg: SVGSVGElement, title: string, name: string): Promise<void> {
  save(await pngOf(svg, title), `${fileName(name)}.png`);
}

export function saveSvg(svg: SVGSVGElement, title: string, name: string): void {
  save(new Blob([svgDocument(svg, title).xml], { type: 'image/svg+xml' }), `${fileName(name)}.svg`);
}

export function saveCsv(table: Table, name: string): void {
  save(new Blob([formatCsv(table)], { type: 'text/csv;charset=utf-8' }), `${fileName(name)}.csv`);
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name for a file, out of names that may hold anything. */
export function fileName(text: string): string {
  const plain = visible(text)
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|-+$/g, '');
  return [...plain].slice(0, 80).join('') || 'turnwise';
}
