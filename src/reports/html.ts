/**
 * Markup that is known to be safe. Only `html` and `trusted` make it, so a plain string can reach a page through
 * `html` alone, which escapes it.
 */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a hole of `html`: text, which is escaped; markup, which is not; a list of these; or nothing. */
export type Hole = string | number | Markup | readonly Hole[] | false | null | undefined;

/** Markup from a template: `` html`<p>${text}</p>` ``. Holes may stand in content and in quoted attribute values. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  let text = parts[0];
  for (let i = 0; i < holes.length; i++) text += fill(holes[i]) + parts[i + 1];
  return new Markup(text);
}

/** Vouches that a string is markup, made by code and not by data. */
export function trusted(markup: string): Markup {
  return new Markup(markup);
}

/** The text as HTML or XML content or as a quoted attribute value. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/**
 * JSON for a `<script type="application/json">`: no `<` that could end the script or open a comment, and no line
 * separator that an older parser takes for the end of a line. `JSON.parse` gives the value back exactly.
 */
export function embeddedJson(value: unknown): Markup {
  const json = JSON.stringify(value);
  return new Markup(json.replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function fill(hole: Hole): string {
  if (hole === null || hole === undefined || hole === false) return '';
  if (hole instanceof Markup) return hole.text;
  if (typeof hole === 'string') return escapeHtml(hole);
  if (typeof hole === 'number') return String(hole);
  return hole.map(fill).join('');
}
