/** Jinja as chat templates need it: the same text as Python's, in bounded time. */
export type { Limits } from './budget.ts';
export { parseJson, parseJsonAt, writeJson } from './json.ts';
export { type RenderOptions, Template } from './template.ts';
export { TemplateError } from './template-error.ts';
export { Float, toPython, type Value } from './values.ts';
