import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Column, ColumnType } from "../../src/Columns.ts"
import { FixedRow, NumberSlot } from "../../src/sinks/FixedRow.ts"
import { PageCompressor } from "../../src/sinks/PageCompressor.ts"
import { ParquetWriter } from "../../src/sinks/ParquetWriter.ts"
import type { CheckedRow } from "../../src/sinks/RowWriter.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"
import { randomTable } from "./randomTable.ts"

const written = Effect.fnUntraced(function* (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<CheckedRow>,
  prepare: (row: CheckedRow) => CheckedRow
) {
  const compressor = yield* PageCompressor.scoped(
    { sink: "test", path: "" },
    { kind: "direct", compress: (bytes) => bytes }
  )
  const parts: Array<Buffer> = []
  const writer = new ParquetWriter(columns, "UNCOMPRESSED", compressor, (bytes) => parts.push(Buffer.from(bytes)))
  for (const [i, row] of rows.entries()) {
    writer.add(prepare(row))
    if (i % 1000 === 999) writer.writeGroup(writer.endGroup())
  }
  writer.writeGroup(writer.endGroup())
  writer.finish()
  return Buffer.concat(parts)
})

/** One row for all rows of a shape, whose texts and numbers are changed where they stand; short texts are strings of the shape in every other row. */
const refilled = (columns: ReadonlyArray<Column>, known: Map<string, FixedRow>) => {
  const slotsOf = new Map<FixedRow, ReadonlyArray<unknown>>()
  let nAsked = 0
  return (row: CheckedRow): CheckedRow => {
    const nShort = nAsked++ % 2 === 0 ? 0 : 8
    const fills: Array<(made: unknown) => void> = []
    let key = ""
    const make = (type: ColumnType, value: unknown): (() => unknown) => {
      if (value === null || value === undefined || type.kind === "boolean") {
        key += `${JSON.stringify(value ?? null)} `
        return () => value
      }
      if (typeof value === "string" && value.length < nShort) {
        key += JSON.stringify(value)
        return () => value
      }
      if (typeof value === "string") {
        key += "text "
        const bytes = Buffer.from(`~${value}~`)
        fills.push((text) => (text as Utf8Text).set(bytes, 1, bytes.length - 1))
        return () => noted(new Utf8Text())
      }
      if (type.kind === "list") {
        key += "["
        const list = (value as ReadonlyArray<unknown>).map((one) => make(type.element, one))
        key += "]"
        return () => list.map((one) => one())
      }
      if (type.kind === "struct") {
        key += "{"
        const fields = type.fields.map(
          ({ name, type: inner }) => [name, make(inner, (value as CheckedRow)[name])] as const
        )
        key += "}"
        return () => Object.fromEntries(fields.map(([name, one]) => [name, one()]))
      }
      key += "number "
      fills.push((slot) => {
        ;(slot as NumberSlot).value = value as number
      })
      return () => noted(new NumberSlot())
    }
    const slots: Array<unknown> = []
    const noted = (slot: unknown) => {
      slots.push(slot)
      return slot
    }
    const whole = make({ kind: "struct", nullable: false, fields: columns }, row)
    let fixed = known.get(key)
    if (fixed === undefined) {
      fixed = Object.assign(new FixedRow(), whole())
      known.set(key, fixed)
      slotsOf.set(fixed, slots)
    }
    for (const [i, slot] of slotsOf.get(fixed)!.entries()) fills[i]!(slot)
    return fixed
  }
}

describe("ParquetWriter", () => {
  it.effect("ParquetWriter writes fixed rows to the same bytes as rows made anew", () =>
    Effect.gen(function* () {
      let nFixed = 0
      let nRows = 0
      for (let seed = 0; seed < 12; seed++) {
        const { columns, rows } = randomTable(seed, 2500, { finite: false })
        const wanted = yield* written(columns, rows, (row) => row)
        const known = new Map<string, FixedRow>()
        const found = yield* written(columns, rows, refilled(columns, known))
        assert.isTrue(found.equals(wanted), `table ${seed}`)
        nFixed += known.size
        nRows += rows.length
      }
      // Most were given again and again.
      assert.isBelow(nFixed, nRows / 2)
    }).pipe(Effect.scoped)
  )
})
