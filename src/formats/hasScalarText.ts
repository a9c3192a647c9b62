import type { Row } from "./Format.ts"
import { valueAt, type VoteColumns } from "./VoteColumns.ts"

/** Says whether a prompt or a reply of a row is a number or true or false, which its vote has as text. */
export const hasScalarText = ({ hasTexts, prompt, sides }: VoteColumns, row: Row): boolean =>
  hasTexts &&
  [...prompt, ...(sides === null ? [] : [sides.first, sides.second])].some((path) => {
    const value = valueAt(row, path)
    return typeof value === "boolean" || typeof value === "number" || typeof value === "bigint"
  })
