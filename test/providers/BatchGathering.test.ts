import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { BatchGathering, type BatchMember, type GatheringRules } from "../../src/providers/BatchGathering.ts"

const member = (key: string, line = "x", model = "m"): BatchMember => ({ key, model, line })

/** A gathering and the keys of each group that it handed over. */
const gather = Effect.fnUntraced(function* (rules: Partial<GatheringRules> = {}) {
  const sent: Array<ReadonlyArray<string>> = []
  const scope = yield* Effect.scope
  const gathering = new BatchGathering(
    { maxRequests: 100, maxBytes: 1000, quietMs: 50, ...rules },
    scope,
    (members: ReadonlyMap<string, BatchMember>) => Effect.sync(() => void sent.push([...members.keys()]))
  )
  return { gathering, sent }
})

describe("BatchGathering", () => {
  it.effect("BatchGathering hands over what came before a pause, counted from the last request", () =>
    Effect.gen(function* () {
      const { gathering, sent } = yield* gather()
      for (const key of ["a", "b", "c"]) {
        yield* gathering.add(member(key))
        yield* TestClock.adjust(49)
      }
      assert.deepStrictEqual([sent, gathering.size], [[], 3])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([sent, gathering.size], [[["a", "b", "c"]], 0])
      yield* gathering.add(member("d"))
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(sent, [["a", "b", "c"], ["d"]])
    })
  )

  it.effect("BatchGathering counts bytes with line feeds, and requests, for each model", () =>
    Effect.gen(function* () {
      const { gathering, sent } = yield* gather({ maxBytes: 8, maxRequests: 3 })
      // Three characters of two bytes and one of one byte, and two line feeds: nine bytes.
      yield* gathering.add(member("a", "äöü"))
      yield* gathering.add(member("b", "x"))
      assert.deepStrictEqual(sent, [["a"]])
      yield* gathering.add(member("c", "x", "n"))
      yield* gathering.add(member("d", "x"))
      yield* gathering.add(member("e", "x"))
      assert.deepStrictEqual(sent, [["a"], ["b", "d", "e"]])
    })
  )

  it.effect("BatchGathering lets a request go that was taken back, and its bytes", () =>
    Effect.gen(function* () {
      const { gathering, sent } = yield* gather({ maxBytes: 4 })
      const gone = member("a", "xx")
      yield* gathering.add(gone)
      gathering.remove(gone)
      yield* gathering.add(member("b", "xxx"))
      assert.deepStrictEqual(sent, [])
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(sent, [["b"]])
    })
  )
})
