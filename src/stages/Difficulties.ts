import type * as Schema from "effect/Schema"
import { TypedList } from "../math/TypedList.ts"
import { reject, type Rejection } from "../Rejects.ts"
import type { RowOf, StageContext } from "../Stage.ts"
import type { Difficulty } from "./Difficulty.ts"
import { RowDraws } from "./RowDraws.ts"

/** The difficulties of the rows of a run, with a drawn order among rows that are equally hard: 16 bytes a row. */
export class Difficulties<N extends Schema.Struct.Fields> {
  readonly #by: Difficulty<N>
  readonly #values = new TypedList(Float64Array)
  readonly #draws: RowDraws

  constructor(by: Difficulty<N>, context: StageContext) {
    this.#by = by
    this.#draws = new RowDraws(context)
  }

  add(row: object): void {
    const value = this.#by.of(row as RowOf<N>)
    this.#values.push(value !== null && Number.isFinite(value) ? value : Number.NaN)
    this.#draws.add(row)
  }

  /** By row; NaN where it cannot be told. */
  get values(): Float64Array {
    return this.#values.values
  }

  /** The rows whose difficulty is known, as they came. */
  known(): Int32Array {
    return Int32Array.from(this.values.keys()).filter((i) => !Number.isNaN(this.values[i]!))
  }

  /** The drawn order of two rows. */
  compare(a: number, b: number): number {
    return this.#draws.compare(a, b)
  }

  readonly rejection = (index: number): Rejection | undefined =>
    Number.isNaN(this.values[index]!)
      ? reject("no difficulty", `"${this.#by.name}" gives no finite number for this row`)
      : undefined
}
