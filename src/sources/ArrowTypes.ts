import type * as Arrow from "apache-arrow"
import type * as Columns from "../Columns.ts"
import type { FileType } from "./FileType.ts"
import { safeNumber } from "./safeNumber.ts"
import { setOwn } from "./setOwn.ts"
import { type Stored, storedDecimal, storedKind, storedReader } from "./Stored.ts"
import { textOf } from "./textOf.ts"

type Module = typeof Arrow

/** The name of a column of an Arrow schema; an empty one may be left out of a file. */
export const arrowName = ({ name }: { readonly name: string | null }): string => name ?? ""

/** Says what a column of an Arrow schema can hold. */
export const arrowType = ({ type, nullable }: Arrow.Field, arrow: Module): FileType => typeOf(type, nullable, arrow)

const typeOf = (type: Arrow.DataType, nullable: boolean, arrow: Module): FileType => {
  const { DataType } = arrow
  if (DataType.isDictionary(type)) return typeOf(type.dictionary as Arrow.DataType, nullable, arrow)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type))
    return { kind: "string", nullable }
  if (DataType.isBool(type)) return { kind: "boolean", nullable }
  if (DataType.isInt(type)) return { kind: "int", nullable }
  if (DataType.isFloat(type)) return { kind: "float", nullable }
  if (DataType.isNull(type)) return { kind: "null", nullable: true }
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    return { kind: "list", nullable, element: arrowType((type.children as ReadonlyArray<Arrow.Field>)[0]!, arrow) }
  }
  if (DataType.isStruct(type)) {
    const fields = (type.children as ReadonlyArray<Arrow.Field>).map((field) => ({
      name: arrowName(field),
      type: arrowType(field, arrow)
    }))
    return { kind: "struct", nullable, fields }
  }
  const stored = storedOf(type, arrow)
  return stored === undefined ? { kind: "other", nullable } : { kind: storedKind(stored), nullable, stored }
}

/** How dates, times and decimals are stored. */
const storedOf = (type: Arrow.DataType, { DataType, DateUnit, TimeUnit }: Module): Stored | undefined => {
  const units = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND]
  const digits = (unit: Arrow.TimeUnit) => 3 * units.indexOf(unit)
  if (DataType.isDate(type)) return { kind: type.unit === DateUnit.DAY ? "date" : "day in milliseconds" }
  if (DataType.isTimestamp(type)) {
    return { kind: "timestamp", digits: digits(type.unit), isUtc: typeof type.timezone === "string" }
  }
  if (DataType.isTime(type)) return { kind: "time", digits: digits(type.unit) }
  return DataType.isDecimal(type) ? storedDecimal(type.precision, type.scale) : undefined
}

/** The stored whole number at an index; those of decimals are several words, the lowest first. */
const wholeAt = (data: Arrow.Data, arrow: Module): ((index: number) => number | bigint) => {
  const { type } = data
  if (!arrow.DataType.isDecimal(type)) {
    const values = data.values as unknown as ArrayLike<number | bigint>
    return (index) => values[index]!
  }
  const words = data.values as Uint32Array
  const nWords = type.bitWidth / 32
  return (index) => {
    let whole = 0n
    for (let i = nWords - 1; i >= 0; i--) whole = (whole << 32n) | BigInt(words[index * nWords + i]!)
    return BigInt.asIntN(type.bitWidth, whole)
  }
}

/** Thrown for lengths and offsets that point outside of a buffer; becomes a `SourceError` where a record batch is read. */
export class ArrowBoundsError extends Error {
  override readonly name = "ArrowBoundsError"
}

/**
 * Makes the function that gives the value of a column at an index of one record batch.
 *
 * The type of the data can hold the column; data of fewer than `nRows` rows, or whose parts do not fit together, throw an
 * `ArrowBoundsError`. Text is decoded here and not by `apache-arrow`, which replaces what is not UTF-8 and
 * drops byte order marks.
 */
export const arrowReader = (
  data: Arrow.Data,
  nRows: number,
  wanted: Columns.ColumnType,
  arrow: Module
): ((index: number) => unknown) => {
  const { DataType } = arrow
  const { type } = data
  checkBounds(data, nRows, arrow)
  if (DataType.isDictionary(type)) return dictionaryReader(data, wanted, arrow)
  if (DataType.isNull(type)) return () => null
  const isValid = data.nullCount > 0 ? (index: number) => data.getValid(index) : () => true
  const stored = storedOf(type, arrow)
  if (stored !== undefined) {
    const read = storedReader(stored)
    const wholeOf = wholeAt(data, arrow)
    return (index) => (isValid(index) ? read(wholeOf(index)) : null)
  }
  if (wanted.kind === "string") {
    const bytes = new arrow.Vector([asBytes(data, arrow)])
    return (index) => (isValid(index) ? textOf(bytes.get(index) as Uint8Array) : null)
  }
  if (wanted.kind === "list") {
    const read = arrowReader(data.children[0]!, 0, wanted.element, arrow)
    const boundsOf = listBounds(data, arrow)
    return (index) => {
      if (!isValid(index)) return null
      const [start, end] = boundsOf(index)
      return Array.from({ length: end - start }, (_, i) => read(start + i))
    }
  }
  if (wanted.kind === "struct") {
    const children = type.children as ReadonlyArray<Arrow.Field>
    const fields = wanted.fields.map((field) => {
      const child = data.children[children.findIndex((one) => arrowName(one) === field.name)]
      return {
        name: field.name,
        read: child === undefined ? () => null : arrowReader(child, data.length, field.type, arrow)
      }
    })
    return (index) => {
      if (!isValid(index)) return null
      const struct: Record<string, unknown> = {}
      for (const { name, read } of fields) setOwn(struct, name, read(index))
      return struct
    }
  }
  const values = new arrow.Vector([data])
  return (index) => safeNumber(values.get(index))
}

/** The same buffers, read as bytes in place of text. */
const asBytes = (data: Arrow.Data, { DataType, Binary, BinaryView, LargeBinary }: Module): Arrow.Data => {
  if (DataType.isUtf8View(data.type)) return data.clone(new BinaryView())
  return DataType.isLargeUtf8(data.type) ? data.clone(new LargeBinary()) : data.clone(new Binary())
}

/** The values of a dictionary are decoded once for each batch. */
const dictionaryReader = (
  data: Arrow.Data,
  wanted: Columns.ColumnType,
  arrow: Module
): ((index: number) => unknown) => {
  const values = (data.dictionary?.data ?? []).flatMap((part) => {
    const read = arrowReader(part, part.length, wanted, arrow)
    return Array.from({ length: part.length }, (_, i) => read(i))
  })
  const indices = data.values as ArrayLike<number | bigint>
  return (index) => {
    if (!data.getValid(index)) return null
    const position = Number(indices[index])
    if (!(position >= 0 && position < values.length))
      throw new ArrowBoundsError(`index ${position} into ${values.length} words`)
    return values[position]
  }
}

const listBounds = (data: Arrow.Data, { DataType }: Module): ((index: number) => readonly [number, number]) => {
  if (DataType.isFixedSizeList(data.type)) {
    const { listSize } = data.type
    return (index) => [index * listSize, (index + 1) * listSize]
  }
  const offsets = data.valueOffsets as unknown as ArrayLike<number | bigint>
  return (index) => [Number(offsets[index]), Number(offsets[index + 1])]
}

/**
 * Checks that the buffers of a column are as long as its rows need and that offsets rise and stay inside; `apache-arrow` checks
 * neither, and cuts off or makes up what is not there.
 */
export const checkBounds = (data: Arrow.Data, nRows: number, { DataType }: Module): void => {
  const { type, length, children } = data
  need("rows", length, nRows)
  if (DataType.isNull(type)) return
  if (data.nullCount > 0) need("bytes of validity", data.nullBitmap?.length ?? 0, Math.ceil(length / 8))
  // What these arrays hold depends on the type; only their lengths matter here.
  const values = data.values as ArrayLike<unknown> | undefined
  if (DataType.isStruct(type)) return
  if (DataType.isFixedSizeList(type)) need("elements", children[0]?.length ?? 0, length * type.listSize)
  else if (data.valueOffsets !== undefined) checkOffsets(data, children[0]?.length ?? values?.length ?? 0)
  else if (DataType.isUtf8View(type)) need("bytes of views", values?.length ?? 0, length * 16)
  else if (DataType.isBool(type)) need("bytes of values", values?.length ?? 0, Math.ceil(length / 8))
  else need("values", values?.length ?? 0, length * data.stride)
}

const need = (what: string, found: number, wanted: number): void => {
  if (found < wanted) throw new ArrowBoundsError(`${found} ${what} where ${wanted} are needed`)
}

const checkOffsets = (data: Arrow.Data, limit: number): void => {
  const offsets = data.valueOffsets as unknown as ArrayLike<number | bigint>
  let last: number | bigint = 0
  for (let i = 0; i <= data.length && data.length > 0; i++) {
    const offset = offsets[i]
    if (offset === undefined || offset < last || offset > limit) {
      throw new ArrowBoundsError(`offset ${String(offset)} after ${last} in ${limit} values`)
    }
    last = offset
  }
}
