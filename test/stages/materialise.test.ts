import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Materialisation } from "../../src/cleaners/materialiseWeights.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { materialise } from "../../src/stages/materialise.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs, turnedPair } from "./pairs.ts"

const rows = somePairs(40)

for (const how of [{ rule: "drop", threshold: 0.4 }, { rule: "flip", threshold: 0.4 }, { rule: "thin" }] as const) {
  stageContract("materialise", { fields: pairFields, rows, stage: materialise(how) })
}

const run = (how: Materialisation, some: ReadonlyArray<PairRow> = rows, batchSize = 512) =>
  collect(pipelineOf(some, pairFields, batchSize).pipe(materialise(how)), { seed: 5 })

const asBefore = ({ copy: _copy, flipped: _flipped, ...row }: PairRow & { copy: number; flipped: boolean }) => row

describe("materialise", () => {
  it.effect("materialise drops pairs below the threshold into the rejects, whole, and loses nothing", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run({ rule: "drop", threshold: 0.5 })
      const isKept = ({ labelProb }: PairRow) => labelProb === null || labelProb >= 0.5
      assert.deepStrictEqual(made.map(asBefore), rows.filter(isKept))
      assert.deepStrictEqual(
        rejects.map(({ detail }) => JSON.parse(detail) as PairRow),
        rows.filter((row) => !isKept(row))
      )
    })
  )

  it.effect("materialise flips pairs below the threshold and keeps all", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run({ rule: "flip", threshold: 0.5 })
      assert.deepStrictEqual(rejects, [])
      assert.deepStrictEqual(
        made.map(asBefore),
        rows.map((row) => (row.labelProb !== null && row.labelProb < 0.5 ? turnedPair(row) : row))
      )
    })
  )

  it.effect("materialise thins and repeats to the pull of the soft label on average", () =>
    Effect.gen(function* () {
      const n = 4000
      for (const [labelProb, most] of [
        [0.9, 1],
        [0.2, 1],
        [0.9, 3],
        [0.35, 3]
      ] as const) {
        const some = somePairs(n).map((row) => ({ ...row, labelProb }))
        const how: Materialisation = most === 1 ? { rule: "thin" } : { rule: "repeat", most }
        const { rejects, rows: made } = yield* run(how, some)
        const pull = made.reduce((sum, { flipped }) => sum + (flipped ? -1 : 1), 0) / n
        const fraction = Math.abs(most * (2 * labelProb - 1)) % 1
        assert.closeTo(pull, most * (2 * labelProb - 1), 4 * Math.sqrt((fraction * (1 - fraction)) / n))
        assert.strictEqual(new Set(made.map(({ id }) => id)).size, made.length)
        const first = made.filter(({ copy }) => copy === 0).map(({ id }) => id)
        assert.sameMembers(
          [...first, ...rejects.map(({ id }) => id)],
          some.map(({ id }) => id)
        )
      }
    })
  )

  it.effect(
    "materialise draws by the pair's id alone and writes pairs without a probability as often as certain ones",
    () =>
      Effect.gen(function* () {
        const how: Materialisation = { rule: "repeat", most: 3 }
        const { rows: made } = yield* run(how)
        const { rows: reversed } = yield* run(how, rows.toReversed(), 3)
        const sorted = (some: typeof made) => some.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        assert.deepStrictEqual(sorted(reversed), sorted(made))
        const given = rows.filter(({ labelProb }) => labelProb === null)
        assert.isAbove(given.length, 0)
        const unknown = made.filter(({ labelProb }) => labelProb === null)
        assert.deepStrictEqual(unknown.filter(({ copy }) => copy === 0).map(asBefore), given)
        assert.deepStrictEqual(
          unknown.map(({ copy, flipped }) => `${copy} ${flipped}`),
          given.flatMap(() => ["0 false", "1 false", "2 false"])
        )
        const { rows: thin } = yield* run({ rule: "thin" })
        assert.strictEqual(thin.filter(({ labelProb }) => labelProb === null).length, given.length)
      })
  )

  it("materialise refuses options out of range and columns that do not fit when it is put in place", () => {
    assert.throws(() => materialise({ rule: "drop", threshold: 2 }), /threshold 2/)
    assert.throws(() => materialise({ rule: "repeat", most: 0 }), /most 0/)
    const input = pipelineOf([], { id: Schema.String, chosen: Schema.String, rejected: Schema.String })
    // @ts-expect-error no cleaner has run
    assert.throws(() => input.pipe(materialise({ rule: "thin" })), WiringError, /"labelProb" is missing/)
  })
})
