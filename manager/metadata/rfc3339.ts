// Times as labels carry them: RFC 3339, as Go writes it, with up to nine digits of a second. Pure.

const SHAPE = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch; undefined for what is not a time. */
export function parse(text: string): number | undefined {
  if (!SHAPE.test(text)) return undefined;
  const milliseconds = Date.parse(text.toUpperCase());
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
