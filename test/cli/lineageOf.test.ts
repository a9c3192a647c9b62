import { afterAll, assert, describe, it } from "@effect/vitest"
import { lineageOf } from "../../src/cli/lineageOf.ts"
import type { MadeAt } from "../../src/originsOf.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder: out, remove } = temporaryFolder({
  "rounds/1/rows.jsonl": '{"id":"pair","prompt":"p"}\n{"id":"other"}\n',
  "rounds/2/rows.jsonl": '{"id":"pair"}\n'
})
afterAll(remove)

const reading = (round: number, ...earlier: ReadonlyArray<number>) => ({
  key: `round ${round}/jsonl`,
  kind: "source",
  config: { paths: ["data/prompts.jsonl", ...earlier.map((one) => `${one}/rows.jsonl`)] }
})
const made = (at: number, stage: string, of: string, ...ids: ReadonlyArray<string>): MadeAt => ({
  at,
  stage,
  of,
  made: ids,
  from: { id: of }
})
const follow = (options: Partial<Parameters<typeof lineageOf>[0]>) =>
  lineageOf({ out, stages: [], round: null, rows: new Map([["pair", Number.POSITIVE_INFINITY]]), made: [], ...options })

describe("lineageOf", () => {
  it("lineageOf follows rows without rounds, and through tries that make them again and again", () => {
    const lines = [made(0, "loop", "a", "b"), made(1, "loop", "b", "pair"), made(2, "loop", "pair", "c")]
    const way = follow({ made: lines })
    assert.deepStrictEqual(way.made, lines.slice(0, 2))
    assert.deepStrictEqual(
      ["a", "b", "pair", "c"].filter((id) => way.has("loop", id)),
      ["a", "b", "pair"]
    )
    assert.deepStrictEqual(follow({ made: lines, rows: new Map([["pair", 1]]) }).made, [])
  })

  it("lineageOf goes back to a round that is read and holds the row, and to none else", () => {
    const stages = [reading(1), reading(2, 1), reading(3, 2)]
    const first = made(1, "round 1/pair", "prompt 1", "pair")
    const third = made(3, "round 3/pair", "prompt 3", "pair")
    // Round 3 made the pair itself.
    assert.deepStrictEqual(follow({ stages, round: 3, made: [first, third] }).made, [third])
    assert.deepStrictEqual(follow({ stages, round: 3, made: [first] }).made, [first])
    assert.deepStrictEqual(
      follow({ stages: [reading(1), reading(2), reading(3, 2)], round: 3, made: [first] }).made,
      []
    )
    const rows = new Map([["other", 9]])
    const other = made(1, "round 1/pair", "prompt 1", "other")
    assert.deepStrictEqual(follow({ stages, round: 2, rows, made: [other] }).made, [other])
    assert.deepStrictEqual(follow({ stages, round: 3, rows, made: [other] }).made, [])
    const way = follow({ stages, round: 2, made: [first] })
    assert.deepStrictEqual(
      [1, 2, 3].filter((round) => way.has(`round ${round}/generate`, "pair")),
      [1, 2]
    )
    assert.isTrue(way.has("round 1/generate", "prompt 1"))
    assert.isFalse(way.has("round 2/generate", "prompt 1"))
    assert.deepStrictEqual(way.missing, [])
  })

  it("lineageOf says where both branches of a merge made a row of the id", () => {
    const stages = [
      { key: "jsonl", kind: "source", config: {} },
      { key: "pair", kind: "reshape", config: {} },
      { key: "jsonl#2", kind: "source", config: {} },
      { key: "pair#2", kind: "reshape", config: {} },
      { key: "merge", kind: "whole", config: { with: [] } }
    ] as const
    const one = made(1, "pair", "a", "pair")
    const other = made(2, "pair#2", "b", "pair")
    assert.match(
      follow({ stages, made: [one, other] }).missing.join(),
      /^which branch it came from: "pair" and "pair#2" each made a row of the id "pair"; what is told may be of either$/
    )
    assert.deepStrictEqual(follow({ stages, made: [one] }).missing, [])
  })

  it("lineageOf says which rows of a round are gone", () => {
    const { missing } = follow({ stages: [reading(4, 3)], round: 4 })
    assert.match(missing.join(), /^what round 3 made of what round 4 read: no ".*rounds.3.rows\.jsonl"$/)
  })
})
