import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Term from "../../src/pairings/Term.ts"
import { pairContexts, type PairContextsOptions } from "../../src/stages/pairContexts.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf } from "./groups.ts"

const fields = { ...groupFields, image: Schema.String }

const same = { text: "said of both" }
const rows = [
  { ...groupOf("a", { a1: 9, a2: 2 }), image: "one" },
  { ...groupOf("b", { b1: 8, b2: 1 }), image: "one" },
  { ...groupOf("c", { c1: 7, c2: 3 }), image: "two" },
  { ...groupOf("d", { d1: 6, d2: 3 }, { d1: same }), image: "three" },
  { ...groupOf("e", { e1: 4, e2: 5 }, { e1: same }), image: "three" }
]

stageContract("pairContexts", { fields, rows, stage: pairContexts({ column: "image" }) })

const run = Effect.fnUntraced(function* (
  options: Partial<PairContextsOptions<"image">> = {},
  given: ReadonlyArray<(typeof rows)[number]> = rows
) {
  const result = yield* collect(pipelineOf(given, fields).pipe(pairContexts({ column: "image", ...options })))
  return {
    ...result,
    named: result.rows.map((row) => `${row.responseId}: ${row.chosenPromptId}>${row.rejectedPromptId} ${row.margin}`),
    reasons: result.rejects.map(({ id, reason }) => `${id} ${reason}`)
  }
})

describe("pairContexts", () => {
  it.effect("pairContexts sets the prompt of a response against the others with the same value in the column", () =>
    Effect.gen(function* () {
      const { named, reasons, rows: made } = yield* run()
      assert.deepStrictEqual(named, ["a1: a>b null", "b1: b>a null", "d1: d>e 2", "e2: e>d null"])
      assert.deepStrictEqual(reasons, ["c no other context"])
      const { id: _id, ...first } = made[2]!
      assert.deepStrictEqual(first, {
        response: "said of both",
        responseId: "d1",
        model: "m",
        chosenPromptId: "d",
        chosenPrompt: "prompt of d",
        rejectedPromptId: "e",
        rejectedPrompt: "prompt of e",
        scoreChosen: 6,
        scoreRejected: 4,
        margin: 2
      })
    })
  )

  it.effect("pairContexts makes no pair of a response that fits the other prompt as well", () =>
    Effect.gen(function* () {
      const isSame = Term.test("same", ({ text }) => text === same.text)
      const { named, reasons } = yield* run({ response: isSame }, rows.slice(3))
      assert.deepStrictEqual([named, reasons], [["d1: d>e 2"], ["e fits both"]])
      const unrated = { ...groupOf("f", { f1: null }, { f1: same }), image: "three" }
      const unsure = yield* run({ response: isSame }, [rows[3]!, unrated])
      assert.deepStrictEqual(unsure.reasons, ["d fits both", "f fits both"])
      const twice = { ...groupOf("a", { a1: 9, a2: 2 }), id: "again", image: "one" }
      const equal = yield* run({}, [rows[0]!, twice])
      assert.deepStrictEqual(equal.reasons, ["a identical", "again identical"])
    })
  )

  it.effect("pairContexts draws as many contexts as it is told, whatever the order of the rows", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 6 }, (_, i) => ({
        ...groupOf(`p${i}`, { [`r${i}`]: 2, [`s${i}`]: 1 }),
        image: "i"
      }))
      const first = yield* run({ maxPairs: 2 }, many)
      assert.strictEqual(first.rows.length, 12)
      const second = yield* run({ maxPairs: 2 }, many.toReversed())
      assert.sameMembers([...second.named], [...first.named])
      assert.isAbove(new Set(first.rows.map(({ rejectedPromptId }) => rejectedPromptId)).size, 2)
      assert.throws(() => pairContexts({ column: "image", maxPairs: 0 }), /maxPairs 0/)
    })
  )
})
