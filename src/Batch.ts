/**
 * Rows that travel together.
 *
 * `index` counts from 0 within one stream. How rows are cut into batches is never visible in a result.
 */
export interface Batch<out Row> {
  readonly index: number
  readonly rows: ReadonlyArray<Row>
}

/** Rows per batch that sources and stages cut by default. */
export const defaultSize = 512
