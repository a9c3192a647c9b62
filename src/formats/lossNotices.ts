import type { ColumnFates } from "./columnFates.ts"

/** Says which columns, and what of columns, a format cannot hold, before the first row is written; nothing where it holds all. */
export const lossNotices = (format: string, { lost }: Pick<ColumnFates, "lost">): ReadonlyArray<string> =>
  lost.length === 0
    ? []
    : [`The format ${format} cannot hold these columns or parts of them, which are left out: ${lost.join(", ")}`]
