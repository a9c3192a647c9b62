import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { curriculum } from "../../src/stages/curriculum.ts"
import * as Difficulty from "../../src/stages/Difficulty.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs } from "./pairs.ts"

const by = Difficulty.doubtfulLabel
const rows = somePairs(72)

// One row a stage: the contract wants rows in the order in which they came.
const some = somePairs(10).toSorted((a, b) => (b.labelProb ?? -1) - (a.labelProb ?? -1))
stageContract("curriculum", {
  fields: pairFields,
  rows: some,
  stage: curriculum({ by, stages: some.filter(({ labelProb }) => labelProb !== null).length })
})

const run = (given: ReadonlyArray<PairRow>, seed = 5, batchSize = 512) =>
  collect(pipelineOf(given, pairFields, batchSize).pipe(curriculum({ by, stages: 3 })), { seed })

describe("curriculum", () => {
  it.effect("curriculum goes from easy to hard in stages of equal size, and loses nothing", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run(rows)
      assert.deepStrictEqual(
        made.map(({ rank }) => rank),
        made.map((_, i) => i)
      )
      assert.deepStrictEqual(
        made.map(({ curriculumStage }) => curriculumStage),
        [0, 1, 2].flatMap((stage) => Array.from({ length: 20 }, () => stage))
      )
      const hardest = (stage: number) => made.slice(20 * stage, 20 * stage + 20).map(({ difficulty }) => difficulty)
      for (const stage of [0, 1]) assert.isBelow(Math.max(...hardest(stage)), Math.min(...hardest(stage + 1)))
      for (const { curriculumStage: _, difficulty, rank: __, ...row } of made) {
        assert.deepStrictEqual(
          row,
          rows.find(({ id }) => id === row.id)
        )
        assert.closeTo(difficulty, 1 - row.labelProb!, 1e-15)
      }
      assert.strictEqual(made.length + rejects.length, rows.length)
      assert.isTrue(rejects.every(({ reason }) => reason === "no difficulty"))
    })
  )

  it.effect("curriculum shuffles within a stage by seed and id, not by the order of the rows", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* run(rows)
      assert.deepStrictEqual((yield* run(rows.toReversed(), 5, 7)).rows, made)
      const { rows: other } = yield* run(rows, 6)
      const ids = (stage: number, all: typeof made) => all.slice(20 * stage, 20 * stage + 20).map(({ id }) => id)
      for (const stage of [0, 1, 2]) {
        assert.sameMembers(ids(stage, other), ids(stage, made))
        assert.notDeepEqual(ids(stage, other), ids(stage, made))
      }
    })
  )

  it("curriculum refuses a number of stages that is none", () => {
    assert.throws(() => curriculum({ by, stages: 0 }), /expected a positive integer/)
  })
})
