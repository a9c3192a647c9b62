import { assert, describe, it } from "@effect/vitest"
import { namedColumns } from "../../src/formats/namedColumns.ts"
import { lookOf } from "../contracts/format.ts"

const row = { question: "q", good: "a", bad: "b", better: 2, worse: 1, source: "s" }
const named = { prompt: "question", chosen: "good", rejected: "bad", scoreChosen: "better", scoreRejected: "worse" }

describe("namedColumns", () => {
  it("namedColumns takes the columns that are named and keeps the others", () => {
    const reader = namedColumns(lookOf([row]), named)
    if (!("read" in reader)) return assert.fail(reader.found)
    const record = reader.read(row)
    if ("reason" in record) return assert.fail(record.reason)
    assert.strictEqual(record.context[0]!.content, "q")
    assert.deepStrictEqual(
      record.candidates.map(({ messages, rank, score }) => [messages[0]!.content, rank, score]),
      [
        ["a", 0, 2],
        ["b", 1, 1]
      ]
    )
    assert.deepStrictEqual(record.extra, { source: "s" })
  })

  it("namedColumns wants all three texts, and columns that are there", () => {
    const { rejected: _, ...two } = named
    assert.isTrue("wanted" in namedColumns(lookOf([row]), two))
    assert.isTrue("wanted" in namedColumns(lookOf([row]), { ...named, rejected: "nothing" }))
  })

  it("namedColumns wants scores of both replies or of none, and numbers", () => {
    const { scoreRejected: _, ...one } = named
    for (const [wrong, wanted] of [
      [one, /^names for the scores of both/],
      [{ ...named, scoreChosen: "source" }, /^numbers in the column "source"$/]
    ] as const) {
      const made = namedColumns(lookOf([row]), wrong)
      assert.match("wanted" in made ? made.wanted : "", wanted)
    }
    const cells = {
      columns: lookOf([row]).columns,
      sample: [{ ...row, better: "2", worse: "1" }],
      isCells: true
    } as const
    assert.isTrue("read" in namedColumns(cells, named))
  })
})
