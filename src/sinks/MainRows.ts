import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import { Run } from "../Run.ts"
import { Spool } from "../Spool.ts"
import type { CheckedRow } from "./RowWriter.ts"

/**
 * The rows of a table, on disk, to be read again split by split.
 *
 * Rows come back exactly as they were written, whatever the format of the files. Memory: 16 bytes a row.
 */
export class MainRows {
  readonly #spool: Spool<CheckedRow>
  readonly #names: ReadonlyArray<string>
  readonly #splits = new Map<string, Array<number>>()

  private constructor(spool: Spool<CheckedRow>, names: ReadonlyArray<string>) {
    this.#spool = spool
    this.#names = names
  }

  /** Keeps the columns `names` of each row until the scope ends. */
  static readonly scoped = (names: ReadonlyArray<string>): Effect.Effect<MainRows, never, Run | Scope.Scope> =>
    Effect.flatMap(Run, (run) =>
      Effect.map(Spool.scoped<CheckedRow>(run.spool, "dataset"), (spool) => new MainRows(spool, names))
    )

  add(row: CheckedRow, split: string): void {
    const indexes = this.#splits.get(split)
    if (indexes === undefined) this.#splits.set(split, [this.#spool.nRows])
    else indexes.push(this.#spool.nRows)
    this.#spool.write(Object.fromEntries(this.#names.map((name) => [name, row[name] ?? null])))
  }

  /** All rows: splits in the order of their first row, rows of a split in their order. */
  get batches(): Stream.Stream<Batch.Batch<unknown>> {
    return Stream.suspend(() => {
      this.#spool.seal()
      return Stream.fromIterable(this.#cut(), { chunkSize: 1 })
    })
  }

  *#cut(): Generator<Batch.Batch<unknown>> {
    let index = 0
    for (const indexes of this.#splits.values()) {
      for (let start = 0; start < indexes.length; start += Batch.defaultSize) {
        const rows = indexes.slice(start, start + Batch.defaultSize).map((row) => this.#spool.read(row))
        yield { index: index++, rows }
      }
    }
  }
}
