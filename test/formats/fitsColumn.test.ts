import { assert, describe, it } from "@effect/vitest"
import type { ColumnType } from "../../src/Columns.ts"
import { fitsColumn } from "../../src/formats/fitsColumn.ts"

const int: ColumnType = { kind: "int", nullable: false }
const struct: ColumnType = { kind: "struct", nullable: true, fields: [{ name: "a", type: { ...int, nullable: true } }] }
const list = (element: ColumnType): ColumnType => ({ kind: "list", nullable: false, element })

describe("fitsColumn", () => {
  it("fitsColumn wants the type of the column", () => {
    const fits = (type: ColumnType, value: unknown) => fitsColumn({ name: "x", type }, value)
    assert.isTrue(fits(int, 5))
    for (const odd of [5.5, "5", 9007199254740993n, null]) assert.isFalse(fits(int, odd))
    assert.isFalse(fits({ kind: "string", nullable: true }, "\ud800"))
    assert.isTrue(fits(list(int), [1, 2]))
    assert.isFalse(fits(list(int), [1, 2.5]))
  })

  it("fitsColumn wants no key that the column does not have, at any depth", () => {
    const fits = (type: ColumnType, value: unknown) => fitsColumn({ name: "x", type }, value)
    for (const value of [{ a: 1 }, {}, null]) assert.isTrue(fits(struct, value))
    assert.isFalse(fits(struct, { a: 1, b: null }))
    assert.isFalse(fits(list(struct), [{ a: 1 }, { b: 2 }]))
    const outer: ColumnType = { kind: "struct", nullable: true, fields: [{ name: "inner", type: struct }] }
    assert.isTrue(fits(outer, { inner: { a: 1 } }))
    assert.isFalse(fits(outer, { inner: { b: 1 } }))
  })
})
