import type { ColumnFates } from "./columnFates.ts"

/** Says which columns, and what of columns, are left out of a format, before the first row is written; nothing where none is. */
export const lossNotices = (format: string, { lost }: Pick<ColumnFates, "lost">): ReadonlyArray<string> =>
  lost.length === 0 ? [] : [`Written as ${format}, these columns or parts of them are left out: ${lost.join(", ")}`]
