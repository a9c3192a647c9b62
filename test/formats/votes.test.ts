import { assert, describe, it } from "@effect/vitest"
import { votes } from "../../src/formats/votes.ts"
import { holdingOf, pairOf } from "../contracts/format.ts"

const write = (record: ReturnType<typeof pairOf>) => {
  const writer = votes.writer(holdingOf({ kind: "pair", style: "text", fields: ["votes"], keepsExtra: false }))
  if (!("write" in writer)) return assert.fail(writer.found)
  const rows: Array<Record<string, unknown>> = []
  assert.isUndefined(writer.write(record, rows))
  return rows
}

describe("votes", () => {
  it("votes writes one row a vote, and the order of a pair without votes as one of nobody", () => {
    const record = pairOf([["user", "q"]], "x", "y", {
      votes: [
        { annotator: "w", winner: 1 },
        { annotator: null, winner: null }
      ]
    })
    const texts = { prompt: "q", response_a: "x", response_b: "y" }
    assert.deepStrictEqual(write(record), [
      { ...texts, annotator: "w", winner: "b" },
      { ...texts, annotator: null, winner: "tie" }
    ])
    assert.deepStrictEqual(write({ ...record, votes: [] }), [{ ...texts, annotator: null, winner: "a" }])
  })
})
