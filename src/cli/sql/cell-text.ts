import type { Json } from '@duckdb/node-api';

/** A value of an answer as plain text; nothing for NULL. */
export function cellText(value: Json): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
