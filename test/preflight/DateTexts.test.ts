import { assert, describe, it } from "@effect/vitest"
import type { Row } from "../../src/formats/Format.ts"
import { DateTexts } from "../../src/preflight/DateTexts.ts"

const placesIn = (rows: ReadonlyArray<Row>, mixedToo = false) => {
  const dates = new DateTexts()
  for (const [i, row] of rows.entries()) dates.see(row, { id: null, place: `${i + 1}` })
  return dates.places(mixedToo).map(({ column, place, seen }) => [column, place, seen.rows] as const)
}

const day = "2024-01-02"

describe("DateTexts", () => {
  // The types that pyarrow 26 gave columns of JSON which held each of these texts alone: timestamp[s], and string.
  it("DateTexts takes for a date what Arrow's reader of JSON takes for one, and nothing else", () => {
    const dates = [
      "2024-01-01",
      "2024-02-29",
      "0000-01-01",
      "9999-12-31",
      "2024-01-01T10",
      "2024-01-01 10",
      "2024-01-01T10:00",
      "2024-01-01T10:00:00",
      "2024-01-01T10Z",
      "2024-01-01T10:00Z",
      "2024-01-01T10:00:00Z",
      "2024-01-01T10+02",
      "2024-01-01T10:00+02:00",
      "2024-01-01T10:00:00+0200",
      "2024-01-01T10:00:00-02:00"
    ]
    const texts = [
      "",
      "12",
      "10:00",
      "2024",
      "2024-01",
      "2024-1-1",
      "20240101",
      "10000-01-01",
      "+2024-01-01",
      " 2024-01-01",
      "2024-01-01 ",
      "2024-01-01Z",
      "2023-02-29",
      "2024-02-30",
      "2024-13-01",
      "2024-01-01t10:00",
      "2024-01-01T1000",
      "2024-01-01T100000",
      "2024-01-01T10:0000",
      "2024-01-01T1000:00",
      "2024-01-01T10:00:00z",
      "2024-01-01T10:00:00.5",
      "2024-01-01T24:00:00",
      "2024-01-01T23:60",
      "2024-01-01T23:59:60",
      "2024-01-01T10:00:00+25:00",
      "2024-01-01T10:00:00+02:60"
    ]
    for (const text of dates) assert.deepStrictEqual(placesIn([{ when: text }]), [["when", "when", 1]], text)
    for (const text of texts) assert.deepStrictEqual(placesIn([{ when: text }]), [], text)
  })

  it("DateTexts finds dates in columns, lists and objects, beside nulls, and counts rows", () => {
    const rows = [
      { when: day, tags: [day, day], turns: [{ role: "user", content: day }], deep: { a: [[day]] }, other: day },
      { when: null, tags: [], turns: [{ role: "user", content: "2024-01-02 10:00" }], other: "never" },
      { when: day, tags: null, turns: null, deep: { a: [] }, other: day }
    ]
    assert.deepStrictEqual(placesIn(rows), [
      ["when", "when", 2],
      ["tags", "tags[]", 1],
      ["turns", "turns[].content", 2],
      ["deep", "deep.a[][]", 1]
    ])
  })

  it("DateTexts leaves places alone that hold something else, too", () => {
    for (const other of ["soon", 5, true, 5n, [day], { at: day }]) {
      const found = placesIn([{ when: day }, { when: other }]).filter(([, place]) => place === "when")
      assert.deepStrictEqual(found, [], typeof other)
    }
  })

  it("DateTexts leaves out what is in objects of other keys than elsewhere, unless told to take it in", () => {
    const calls = (...given: ReadonlyArray<Row>) => given.map((one) => ({ calls: [{ given: one }] }))
    assert.deepStrictEqual(placesIn(calls({ on: day, to: "x" }, { to: "y", on: day })), [
      ["calls", "calls[].given.on", 2]
    ])
    for (const mixed of [
      calls({ on: day }, { on: day, to: day }),
      calls({ on: day, to: day }, { on: day }),
      calls({ on: day }, { to: day })
    ]) {
      assert.deepStrictEqual(placesIn(mixed), [])
      assert.include(placesIn(mixed, true).flat(), "calls[].given.on")
    }
    // Rows themselves need not have the same columns.
    assert.deepStrictEqual(placesIn([{ when: day }, { other: "x" }]), [["when", "when", 1]])
  })
})
