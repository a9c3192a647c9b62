import { FormatFlaw, type Preference, type Reader } from "./Format.ts"

/**
 * Puts together records that stand in several consecutive rows, for readers that say how, and hands on all others as they come.
 *
 * A row that cannot be read ends the record before it. One record is held back until the next row, so `end` has to be called.
 */
export class RecordJoiner<T extends { readonly record: Preference | FormatFlaw }> {
  readonly #joins: Reader["joins"]
  readonly #withRecord: (first: T, record: Preference) => T
  #held: T | undefined

  /** `withRecord` makes of the first row of a record and the whole record what is handed on. */
  constructor({ joins }: Reader, withRecord: (first: T, record: Preference) => T) {
    this.#joins = joins
    this.#withRecord = withRecord
  }

  /** Takes the next row and adds to `into` what is complete. */
  add(next: T, into: Array<T>): void {
    if (this.#joins === undefined) {
      into.push(next)
      return
    }
    const held = this.#held
    const joined =
      held === undefined || held.record instanceof FormatFlaw || next.record instanceof FormatFlaw
        ? null
        : this.#joins(held.record, next.record)
    if (joined !== null) this.#held = this.#withRecord(held!, joined)
    else {
      this.end(into)
      this.#held = next
    }
  }

  /** Adds what was held back: after the last row, and between files. */
  end(into: Array<T>): void {
    if (this.#held !== undefined) into.push(this.#held)
    this.#held = undefined
  }
}
