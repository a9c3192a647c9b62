import { assert, describe, it } from "@effect/vitest"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { readLabel } from "../../src/formats/LabelReading.ts"
import { VoteLook } from "../../src/formats/VoteLook.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { lookOf } from "../contracts/format.ts"

type Row = Readonly<Record<string, unknown>>

const settled = (rows: ReadonlyArray<Row>, truth?: string, labelValues?: string) => {
  const found = findVoteColumns(lookOf([{ a: "x", b: "y", ...rows[0]! }]).columns, {
    chosen: "a",
    rejected: "b",
    label: "label",
    ...(truth === undefined ? {} : { truth })
  })
  if (isProblem(found)) throw new Error(found.found)
  const look = new VoteLook(found, labelValues)
  for (const row of rows) if (!look.add(row)) break
  return look.settle(labelValues)
}

const readingOf = (...args: Parameters<typeof settled>) => {
  const columns = settled(...args)
  if (isProblem(columns)) throw new Error(columns.found)
  return { ...columns, reading: columns.reading! }
}

const refused = (...args: Parameters<typeof settled>) => {
  const columns = settled(...args)
  return isProblem(columns) ? columns.found : columns.said
}

describe("VoteLook", () => {
  it("VoteLook reads truth that names a side which no label names", () => {
    const { reading } = readingOf(
      ["a", "b"].map((gold) => ({ label: "a", gold })),
      "gold"
    )
    assert.strictEqual(readLabel(reading, "b"), "second")
    const other = readingOf(
      ["a", "b"].map((side) => ({ label: side, gold: `response_${side}` })),
      "gold"
    )
    assert.strictEqual(readLabel(other.reading, "response_b"), "second")
  })

  it("VoteLook refuses truth that no label reads, and says which few values it does not read", () => {
    const rows = ["a", "b"].map((label, i) => ({ label, right: ["good", "bad"][i], nothing: null }))
    assert.match(
      refused(rows, "right"),
      /^the values "good", "bad" in "right", 2 of 2, which no label reads: "a" favours/
    )
    assert.strictEqual(refused(rows, "nothing"), 'no value in "nothing"')
    const few = Array.from({ length: 10 }, (_, i) => ({ label: "ab"[i % 2], gold: i === 3 ? "?" : "ab"[i % 2] }))
    assert.match(refused(few, "gold"), /; in "gold" without verdict: "\?" \(1 of 10\)\.$/)
    const swapped = rows.map(({ label }) => ({ label, gold: label === "a" ? "1" : "2" }))
    assert.match(refused(swapped, "gold"), /in "label", "gold": they are words for more than two sides/)
  })

  it("VoteLook refuses a reading as given that reads no label or no truth", () => {
    const rows = ["first", "second"].map((label) => ({ label, gold: label }))
    assert.strictEqual(
      refused(rows, undefined, "A,B"),
      'the values "first", "second" in "label": none of them is in --label-values A,B'
    )
    assert.match(refused(rows, undefined, "second,B"), /Labels: "second" favours the first/)
    assert.match(refused(rows, "gold", "first,B"), /^the values "second" in "gold", 1 of 2, which no label reads/)
    assert.match(refused([{ label: null }], undefined, "A,B"), /Labels: "a" favours the first/)
  })
})
