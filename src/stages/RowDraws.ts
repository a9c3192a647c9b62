import { TypedList } from "../math/TypedList.ts"
import type { StageContext } from "../Stage.ts"

/**
 * One random number for each row, by the run's seed, the stage and the row's id alone: for choices and orders that do not depend on
 * the order in which rows come.
 *
 * 8 bytes a row. Rows with the same id have the same number; those are told apart by the order in which they came.
 */
export class RowDraws {
  readonly #context: StageContext
  readonly #draws = new TypedList(Float64Array)

  constructor(context: StageContext) {
    this.#context = context
  }

  /** Rows so far. */
  get length(): number {
    return this.#draws.length
  }

  add(row: unknown): void {
    const draw = this.#context.random(this.#context.rowId(row))
    // 53 bits, so that among millions of rows no two are equal by chance.
    this.#draws.push((Math.floor(draw() * 2 ** 32) * 2 ** 21 + Math.floor(draw() * 2 ** 21)) / 2 ** 53)
  }

  /** Which of two rows, by their indices, comes first: below 0 for the first. */
  readonly compare = (a: number, b: number): number => this.#draws.values[a]! - this.#draws.values[b]! || a - b
}
