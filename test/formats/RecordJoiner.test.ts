import { assert, describe, it } from "@effect/vitest"
import { FormatFlaw, type Preference } from "../../src/formats/Format.ts"
import { RecordJoiner } from "../../src/formats/RecordJoiner.ts"
import { holdingOf, pairOf } from "../contracts/format.ts"

interface Placed {
  readonly place: number
  readonly record: Preference | FormatFlaw
}

const named = (id: string): Preference => pairOf([["user", "q"]], "a", "b", { id })
const flaw = new FormatFlaw("wrong type", "prompt", "a number", "text")

/** Joins records whose ids begin with one letter, by their ids. */
const joins = (last: Preference, next: Preference): Preference | null =>
  last.id![0] === next.id![0] ? { ...last, id: `${last.id!}${next.id!}` } : null

const run = (records: ReadonlyArray<Preference | FormatFlaw>, how: typeof joins | undefined) => {
  const holding = holdingOf({ kind: "pair", style: "text", fields: [], keepsExtra: false })
  const reader = { holding, read: () => flaw, ...(how === undefined ? {} : { joins: how }) }
  const joiner = new RecordJoiner<Placed>(reader, (first, record) => ({ ...first, record }))
  const into: Array<Placed> = []
  records.forEach((record, place) => joiner.add({ place, record }, into))
  const before = into.length
  joiner.end(into)
  joiner.end(into)
  return { before, all: into.map(({ place, record }) => [place, record instanceof FormatFlaw ? null : record.id]) }
}

describe("RecordJoiner", () => {
  it("RecordJoiner hands on every row at once where records are rows", () => {
    const { all, before } = run([named("a"), flaw, named("a")], undefined)
    assert.strictEqual(before, 3)
    assert.deepStrictEqual(all, [
      [0, "a"],
      [1, null],
      [2, "a"]
    ])
  })

  it("RecordJoiner joins rows that belong together at the place of the first, and no others", () => {
    const { all, before } = run([named("a"), named("a"), named("a"), named("b"), named("a")], joins)
    assert.strictEqual(before, 2)
    assert.deepStrictEqual(all, [
      [0, "aaa"],
      [3, "b"],
      [4, "a"]
    ])
  })

  it("RecordJoiner takes a row that cannot be read for the end of a record", () => {
    assert.deepStrictEqual(run([named("a"), flaw, named("a"), flaw], joins).all, [
      [0, "a"],
      [1, null],
      [2, "a"],
      [3, null]
    ])
  })
})
