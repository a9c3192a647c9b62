import type { Histogram } from "../../Findings.ts"
import { numbers, type TableData } from "../dataTable.ts"
import * as Figure from "../../Figure.ts"

/** The numbers of a histogram as a table: bins, counts and shares. Empty bins at either end are left out. */
export const histogramTable = ({
  caption,
  digits,
  heading,
  histogram
}: {
  readonly caption: string
  readonly heading: string
  readonly histogram: Histogram
  /** Decimals of the borders. */
  readonly digits: number
}): TableData => {
  const { counts, edges } = histogram
  const total = counts.reduce((sum, n) => sum + n, 0)
  const first = counts.findIndex((n) => n > 0)
  const last = counts.findLastIndex((n) => n > 0)
  return {
    caption,
    columns: [{ heading }, ...numbers("Count", "Share")],
    rows: counts.flatMap((n, i) =>
      i < first || i > last || total === 0
        ? []
        : [
            [
              `${Figure.decimal(edges[i]!, digits)} to ${Figure.decimal(edges[i + 1]!, digits)}`,
              Figure.count(n),
              Figure.share(n / total)
            ]
          ]
    )
  }
}
