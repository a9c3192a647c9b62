import { hash } from "node:crypto"
import * as Columns from "../Columns.ts"
import { FormatFlaw, type Reader, type Row, type Writer } from "../formats/Format.ts"
import { FixedRow, NumberSlot } from "../sinks/FixedRow.ts"
import type { LineShape } from "../sources/LineShapes.ts"
import { Utf8Text } from "../Utf8Text.ts"

/** What the slots of a line hold. */
export interface SlotValues {
  readonly texts: ReadonlyArray<Utf8Text>
  readonly numbers: ReadonlyArray<number>
}

/** Who converts a row, and the columns that it has to fit then. */
export interface Conversion {
  readonly reader: Reader
  readonly writer: Writer
  readonly columns: ReadonlyArray<Columns.Column>
}

/** How the rows of a line are made from what its slots hold. */
export interface RowPlan {
  /** The same objects for every line; texts in them are those of the slots. */
  readonly rows: ReadonlyArray<FixedRow>
  /** Puts what the slots hold now into the rows; false when a row would not fit its columns. */
  readonly fill: () => boolean
  /** The columns of the input that decided anything. */
  readonly read: ReadonlySet<string>
  /** Whether a text of a row is made of several of the line. */
  readonly joins: boolean
}

/** A part of a text of a row: the text of a slot, its SHA-256, or a fixed text. */
type Part = { readonly text: number } | { readonly hash: number } | string

/** Where the values of a row come from: a number or a text that is joined of parts, in lists and structs. */
type Place =
  | { readonly number: number }
  | { readonly parts: ReadonlyArray<Part> }
  | { readonly fixed: boolean | number | null }
  | { readonly list: ReadonlyArray<Place> }
  | { readonly struct: ReadonlyArray<readonly [string, Place]> }

/** What stands in for the values of the slots while a plan is made. */
interface StandIns {
  readonly texts: ReadonlyArray<string>
  /** Slots by the hash of their text. */
  readonly hashes: ReadonlyMap<string, number>
  readonly numbers: ReadonlyArray<number>
}

/**
 * Finds out how rows are made of lines of one shape, by having reader and writer convert such a line with stand-ins for its texts and numbers.
 *
 * `same` gives for each slot the first one with the same text; equal texts get equal stand-ins. Two lines are converted, and what differs between
 * the results has to be stand-ins, moved, joined to other texts or hashed. Undefined when it is something else, and when
 * such a line is refused: its rows are then to be made one by one. Holds only for formats that do no more with texts, see `movesTexts`.
 */
export const planRow = (
  shape: LineShape,
  same: ArrayLike<number>,
  values: SlotValues,
  { columns, reader, writer }: Conversion
): RowPlan | undefined => {
  const read = new Set<string>()
  const convert = (trial: number): ReadonlyArray<Place> | undefined => {
    const standIns = standInsOf(shape, same, trial)
    const rows: Array<Row> = []
    const record = reader.read(watched(rowOf(shape, standIns), read))
    if (record instanceof FormatFlaw || writer.write(record, rows) !== undefined) return undefined
    if (rows.some((row) => columns.some((column) => Columns.mismatch(column, row[column.name]) !== undefined)))
      return undefined
    const places: Array<Place> = []
    for (const row of rows) {
      const place = placeOf({ kind: "struct", nullable: false, fields: columns }, row, standIns)
      if (place === undefined) return undefined
      places.push(place)
    }
    return places
  }
  const places = convert(0)
  if (places === undefined || JSON.stringify(places) !== JSON.stringify(convert(1))) return undefined
  const fills: Array<() => boolean> = []
  const rows = places.map((place) =>
    Object.assign(new FixedRow(), built({ kind: "struct", nullable: false, fields: columns }, place, values, fills))
  )
  const fill = () => {
    for (let i = 0; i < fills.length; i++) if (!fills[i]!()) return false
    return true
  }
  return { rows, fill, read, joins: places.some(isJoined) }
}

/** A row that notes which of its columns are looked at. */
const watched = (row: Row, read: Set<string>): Row =>
  new Proxy(row, {
    get: (target, name) => {
      if (typeof name === "string") read.add(name)
      return target[name as string]
    },
    has: (target, name) => {
      read.add(String(name))
      return name in target
    },
    getOwnPropertyDescriptor: (target, name) => {
      read.add(String(name))
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    ownKeys: (target) => {
      for (const name of Object.keys(target)) read.add(name)
      return Reflect.ownKeys(target)
    }
  })

/**
 * Texts that trimming, changing case, normalising and cutting would change, and no two of which hold another.
 *
 * They are alike but for the trial and the first slot with the same text.
 */
const standIn = (trial: number, slot: number) =>
  ` \n"Stand-In\\ ${"é模".repeat(trial + 1)} ${trial}.${slot}."\u0041\u030a \t`

/** What can be found of stand-ins in a text: one of them, or a hash, which is then looked up. */
const found = / \n"Stand-In\\ (?:é模)+ \d\.(\d+)\."\u0041\u030a \t|[0-9a-f]{64}/

const standInsOf = ({ slots }: LineShape, same: ArrayLike<number>, trial: number): StandIns => {
  const texts = slots.map((_, i) => standIn(trial, same[i]!))
  return {
    texts,
    hashes: new Map(texts.map((text, i) => [hash("sha256", text), same[i]!])),
    // In another order in each trial, so that what is decided by an order shows.
    numbers: slots.map((_, i) => (trial === 0 ? 1e12 + 7919 * i : -1e11 - 104_729 * i))
  }
}

const rowOf = ({ literals, slots }: LineShape, { numbers, texts }: StandIns): Row => {
  const values = slots.map(({ kind }, i) =>
    kind === "number" ? String(numbers[i]!) : JSON.stringify(texts[i]!).slice(1, -1)
  )
  return JSON.parse(literals.map((literal, i) => literal + (values[i] ?? "")).join("")) as Row
}

/** Where a value came from; undefined when its type holds more than JSON shows. */
const placeOf = (type: Columns.ColumnType, value: unknown, standIns: StandIns): Place | undefined => {
  if (value === null || value === undefined) return { fixed: null }
  switch (type.kind) {
    case "string":
      return type.values === undefined ? { parts: partsOf(value as string, standIns) } : undefined
    case "boolean":
      return { fixed: value as boolean }
    case "list": {
      const list = (value as ReadonlyArray<unknown>).map((one) => placeOf(type.element, one, standIns))
      return list.every((one) => one !== undefined) ? { list } : undefined
    }
    case "struct": {
      const struct: Array<readonly [string, Place]> = []
      for (const field of type.fields) {
        // A name such as __proto__ is not for assignment.
        if (field.accepts !== undefined || field.name in Object.prototype) return undefined
        const place = placeOf(field.type, (value as Row)[field.name], standIns)
        if (place === undefined) return undefined
        struct.push([field.name, place])
      }
      return { struct }
    }
    default: {
      const number = standIns.numbers.indexOf(value as number)
      return number < 0 ? { fixed: value as number } : { number }
    }
  }
}

const isJoined = (place: Place): boolean =>
  "parts" in place
    ? place.parts.filter((part) => typeof part === "object").length > 1
    : "list" in place
      ? place.list.some(isJoined)
      : "struct" in place && place.struct.some(([, inner]) => isJoined(inner))

const partsOf = (value: string, { hashes }: StandIns): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let rest = value
  for (let match = found.exec(rest); match !== null; match = found.exec(rest)) {
    const [text, slot] = match
    const hashed = hashes.get(text)
    if (match.index > 0) parts.push(rest.slice(0, match.index))
    parts.push(slot !== undefined ? { text: Number(slot) } : hashed !== undefined ? { hash: hashed } : text)
    rest = rest.slice(match.index + text.length)
  }
  return rest === "" ? parts : [...parts, rest]
}

/** The value at a place: fixed, or an object that holds the value of the line once `fills` have run. */
const built = (type: Columns.ColumnType, place: Place, values: SlotValues, fills: Array<() => boolean>): unknown => {
  if ("fixed" in place) return place.fixed
  if ("parts" in place) return textOf(place.parts, values, fills)
  if ("list" in place) {
    const { element } = type as { element: Columns.ColumnType }
    return place.list.map((one) => built(element, one, values, fills))
  }
  if ("struct" in place) {
    const { fields } = type as { fields: ReadonlyArray<Columns.Column> }
    return Object.fromEntries(
      place.struct.map(([name, one], i) => [name, built(fields[i]!.type, one, values, fills)] as const)
    )
  }
  const { number } = place
  const slot = new NumberSlot()
  const isInt = type.kind === "int"
  fills.push(() => {
    slot.value = values.numbers[number]!
    return !isInt || Number.isSafeInteger(slot.value)
  })
  return slot
}

const textOf = (parts: ReadonlyArray<Part>, { texts }: SlotValues, fills: Array<() => boolean>): string | Utf8Text => {
  const [first] = parts
  if (parts.every((part) => typeof part === "string")) return parts.join("")
  if (parts.length === 1 && typeof first === "object" && "text" in first) return texts[first.text]!
  const joined = new Utf8Text()
  let buffer = Buffer.allocUnsafeSlow(1 << 10)
  let n = 0
  const reserve = (nMore: number) => {
    if (n + nMore <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (n + nMore))
    buffer.copy(larger, 0, 0, n)
    buffer = larger
  }
  const add = (source: Buffer, from: number, to: number) => {
    reserve(to - from)
    n += source.copy(buffer, n, from, to)
  }
  const adders = parts.map((part): (() => void) => {
    if (typeof part === "string") {
      const fixed = Buffer.from(part)
      return () => add(fixed, 0, fixed.length)
    }
    const text = texts["text" in part ? part.text : part.hash]!
    if ("text" in part) return () => add(text.buffer, text.start, text.end)
    return () => {
      reserve(64)
      n += buffer.write(hash("sha256", text.buffer.subarray(text.start, text.end)), n, "latin1")
    }
  })
  fills.push(() => {
    n = 0
    for (let i = 0; i < adders.length; i++) adders[i]!()
    joined.set(buffer, 0, n)
    return true
  })
  return joined
}
