import type { Row } from "../formats/Format.ts"
import type { Example } from "../Preflight.ts"
import { Sightings } from "./PreflightCheck.ts"

/** A place in rows, such as `chosen[].content`, whose texts are all dates. */
export interface DatePlace {
  /** The column that it is in. */
  readonly column: string
  readonly place: string
  readonly seen: Sightings
}

/**
 * Finds the places in rows, in columns and in the lists and objects of columns, whose texts are all dates as Arrow's reader of JSON knows them.
 *
 * Nulls say nothing; a place that also holds something else is none. Memory does not depend on the number of rows.
 */
export class DateTexts {
  readonly #columns = new Map<string, Place>()

  see(row: Row, example: Example): void {
    for (const name of Object.keys(row)) placeIn(this.#columns, name).see(row[name], example)
  }

  /** `mixedToo` takes in what is in objects that have not all the same keys. */
  places(mixedToo: boolean): ReadonlyArray<DatePlace> {
    return [...this.#columns].flatMap(([column, at]) =>
      at.found(column, mixedToo).map(({ place, seen }) => ({ column, place, seen }))
    )
  }
}

class Place {
  readonly #seen = new Sightings()
  #last: Example | undefined
  #isOther = false
  #element: Place | undefined
  #fields: Map<string, Place> | undefined
  #isMixed = false

  see(value: unknown, example: Example): void {
    if (value === null || value === undefined) return
    if (Array.isArray(value)) {
      this.#element ??= new Place()
      for (const one of value as ReadonlyArray<unknown>) this.#element.see(one, example)
    } else if (typeof value === "object") this.#seeObject(value as Row, example)
    else if (typeof value !== "string") this.#isOther = true
    else if (!this.#isOther) this.#seeText(value, example)
  }

  #seeText(text: string, example: Example): void {
    if (!isDate(text)) this.#isOther = true
    else if (this.#last !== example) {
      this.#seen.see(example)
      this.#last = example
    }
  }

  #seeObject(value: Row, example: Example): void {
    const keys = Object.keys(value)
    const known = this.#fields
    if (known !== undefined && (keys.length !== known.size || !keys.every((key) => known.has(key))))
      this.#isMixed = true
    const fields = (this.#fields ??= new Map())
    for (const key of keys) placeIn(fields, key).see(value[key], example)
  }

  found(place: string, mixedToo: boolean): ReadonlyArray<Pick<DatePlace, "place" | "seen">> {
    if (this.#isMixed && !mixedToo) return []
    const ofTexts = this.#seen.rows > 0 && !this.#isOther && this.#element === undefined && this.#fields === undefined
    return [
      ...(ofTexts ? [{ place, seen: this.#seen }] : []),
      ...(this.#element?.found(`${place}[]`, mixedToo) ?? []),
      ...[...(this.#fields ?? [])].flatMap(([key, field]) => field.found(`${place}.${key}`, mixedToo))
    ]
  }
}

const placeIn = (places: Map<string, Place>, name: string): Place => {
  let place = places.get(name)
  if (place === undefined) places.set(name, (place = new Place()))
  return place
}

const date =
  /^(\d{4}-\d\d-\d\d)(?:[T ](?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d)?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/

/** A date of the calendar, with or without hours, minutes and seconds, `Z` or an offset; no fractions of a second. */
const isDate = (text: string): boolean => {
  const day = date.exec(text)?.[1]
  if (day === undefined) return false
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day)
}
