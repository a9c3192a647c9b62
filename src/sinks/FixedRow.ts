/**
 * A row that is added again and again, and in which only the texts and numbers change.
 *
 * Its lists and structs, what is missing, strings and true or false stay as they are when it is added first, and so do the `Utf8Text` and
 * `NumberSlot` objects in it; what these hold may be another value each time. Writers that know it take it apart only once.
 */
export class FixedRow {
  [column: string]: unknown
}

/** The place of a number in a `FixedRow`. */
export class NumberSlot {
  value = 0
}
