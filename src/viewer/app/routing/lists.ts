/** A list of names as one parameter of an address. */
export function formatList(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}

/** What `formatList` was given; undefined where the parameter is absent. */
export function parseList(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  if (text === '') return [];
  return text.split(',').map((name) => name.replaceAll('%2C', ',').replaceAll('%25', '%'));
}

/** A number within low … high from an address; undefined where it is absent or none. */
export function parseNumber(text: string | undefined, low: number, high: number): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : undefined;
}

/** One of some words from an address. */
export function parseChoice<T extends string>(text: string | undefined, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === text);
}
