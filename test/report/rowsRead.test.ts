import { assert, describe, it } from "@effect/vitest"
import type { Manifest } from "../../src/Manifest.ts"
import { rowsRead } from "../../src/report/rowsRead.ts"

const stage = (key: string, kind: string, rowsIn: number, rowsOut: number): Manifest["stages"][number] => ({
  key,
  kind,
  config: null,
  rowsIn,
  rowsOut,
  rejected: {}
})

const pair = stage("pair", "reshape", 12, 5)

describe("rowsRead", () => {
  it("rowsRead adds up what all sources gave", () => {
    const sources = [stage("jsonl", "source", 0, 8), stage("right/csv", "source", 0, 4)]
    assert.strictEqual(rowsRead({ stages: [...sources, pair] }), 12)
    assert.strictEqual(rowsRead({ stages: [stage("jsonl", "source", 0, 0), pair] }), 0)
  })

  it("rowsRead counts the sources of rounds, not what gives the rows of all of them once more", () => {
    const inside = [1, 2].map((round) => stage(`round ${round}/jsonl`, "source", 0, 6))
    assert.strictEqual(rowsRead({ stages: [stage("rounds", "source", 0, 10), ...inside, pair] }), 12)
  })

  it("rowsRead takes what went into the first stage where there is no source, and tells nothing without a stage", () => {
    assert.strictEqual(rowsRead({ stages: [pair, stage("flag", "each", 5, 5)] }), 12)
    assert.isNull(rowsRead({ stages: [] }))
  })
})
