import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Finding } from "../../src/Findings.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { plantNoise } from "../../src/stages/plantNoise.ts"
import { treat } from "../../src/stages/treat.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs, turnedPair } from "./pairs.ts"

type Planted = Extract<Finding, { kind: "plantedNoise" }>

const uniform = plantNoise({ kind: "uniform", rate: 0.3 })
const perAnnotator = plantNoise({ kind: "perAnnotator", column: "rule", rates: { bestWorst: 0.1, injected: 0.6 } })
const byMargin = plantNoise({ kind: "byMargin", margin: "margin", rate: 0.4, scale: 0.5 })

for (const stage of [uniform, perAnnotator, byMargin]) {
  stageContract("plantNoise", { fields: pairFields, rows: somePairs(20), stage })
}

const run = (stage: typeof uniform, some: ReadonlyArray<PairRow>, seed = 1, batchSize = 512) =>
  collect(pipelineOf(some, pairFields, batchSize).pipe(stage), { seed })

const asBefore = ({ plantedFlip: _plantedFlip, ...row }: PairRow & { readonly plantedFlip: boolean }) => row

const n = 6000
const many = somePairs(n)

const assertShare = (
  made: ReadonlyArray<{ readonly plantedFlip: boolean }>,
  probability: (i: number) => number,
  what: string
) => {
  const expected = made.reduce<number>((sum, _, i) => sum + probability(i), 0)
  const variance = made.reduce<number>((sum, _, i) => sum + probability(i) * (1 - probability(i)), 0)
  const found = made.filter(({ plantedFlip }) => plantedFlip).length
  assert.closeTo(found, expected, 4 * Math.sqrt(variance), what)
}

describe("plantNoise", () => {
  it.effect("plantNoise flips as many pairs as asked for and records which", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run(uniform, many)
      assert.deepStrictEqual(rejects, [])
      assertShare(made, () => 0.3, "uniform")
      for (const [i, row] of made.entries()) {
        assert.deepStrictEqual(asBefore(row), row.plantedFlip ? turnedPair(many[i]!) : many[i]!)
      }
    })
  )

  it.effect("plantNoise flips by annotator or class, and by margin", () =>
    Effect.gen(function* () {
      const { rows: grouped } = yield* run(perAnnotator, many)
      for (const [name, rate] of [
        ["bestWorst", 0.1],
        ["injected", 0.6]
      ] as const) {
        assertShare(
          grouped.filter(({ rule }) => rule === name),
          () => rate,
          name
        )
      }
      const { rows: close } = yield* run(byMargin, many)
      assert.isTrue(close.every(({ margin, plantedFlip }) => margin !== null || !plantedFlip))
      for (const [from, to] of [
        [0, 0.7],
        [0.7, 1.2],
        [1.2, 3]
      ] as const) {
        const some = close.filter(({ margin }) => margin !== null && Math.abs(margin) >= from && Math.abs(margin) < to)
        assertShare(some, (i) => 0.8 * sigmoid(-Math.abs(some[i]!.margin!) / 0.5), `margins from ${from}`)
      }
    })
  )

  it.effect("plantNoise draws by seed and id alone, so order, batches and other rows change nothing", () =>
    Effect.gen(function* () {
      const idsOf = (made: ReadonlyArray<{ readonly id: string; readonly plantedFlip: boolean }>) =>
        made.filter(({ plantedFlip }) => plantedFlip).map(({ id }) => id)
      const all = new Set(idsOf((yield* run(uniform, many)).rows))
      const some = many.slice(100, 300).toReversed()
      assert.deepStrictEqual(
        idsOf((yield* run(uniform, some, 1, 7)).rows),
        some.map(({ id }) => id).filter((id) => all.has(id))
      )
      const more = new Set(idsOf((yield* run(plantNoise({ kind: "uniform", rate: 0.5 }), many)).rows))
      assert.isTrue(all.isSubsetOf(more) && all.size < more.size)
      assert.notDeepEqual(idsOf((yield* run(uniform, many, 2)).rows), [...all])
    })
  )

  it.effect("plantNoise can be undone by its record, and a second time it records both", () =>
    Effect.gen(function* () {
      const always = plantNoise({ kind: "uniform", rate: 1 })
      const rows = many.slice(0, 50)
      const { rows: twice } = yield* collect(pipelineOf(rows, pairFields).pipe(always, always))
      const { rows: mixed } = yield* collect(pipelineOf(rows, pairFields).pipe(uniform, uniform))
      assert.isTrue(twice.every(({ plantedFlip }) => !plantedFlip))
      for (const [i, { chosen, plantedFlip, rejected, margin }] of [...twice, ...mixed].entries()) {
        const given = rows[i % 50]!
        const expected = plantedFlip ? turnedPair(given) : given
        assert.deepStrictEqual(
          { chosen, rejected, margin },
          { chosen: expected.chosen, rejected: expected.rejected, margin: expected.margin }
        )
      }
    })
  )

  it.effect("plantNoise says how many pairs it flipped, of how many expected, by annotator", () =>
    Effect.gen(function* () {
      const some = many.slice(0, 600)
      const { findings, rows: made } = yield* run(perAnnotator, some)
      const groups = [
        ["bestWorst", 0.1],
        ["injected", 0.6]
      ] as const
      const expected = groups.map(([name, rate]) => {
        const own = made.filter(({ rule }) => rule === name)
        const flipped = own.filter(({ plantedFlip }) => plantedFlip).length
        return { name, nRows: own.length, expected: own.length * rate, flipped }
      })
      const finding = findings.get("plantNoise") as Planted
      assert.deepStrictEqual([finding.kind, finding.plan, finding.leftAlone], ["plantedNoise", "perAnnotator", 0])
      assert.strictEqual(finding.groups.length, 2)
      for (const [i, group] of finding.groups.entries()) {
        assert.closeTo(group.expected, expected[i]!.expected, 1e-9)
        assert.deepStrictEqual({ ...group, expected: expected[i]!.expected }, expected[i]!)
      }
      const margins = yield* run(byMargin, some)
      const found = margins.findings.get("plantNoise") as Planted
      assert.strictEqual(found.leftAlone, 120)
      assert.deepStrictEqual(
        found.groups.map(({ name, nRows }) => [name, nRows]),
        [[null, 480]]
      )
    })
  )

  it("plantNoise refuses rates out of range when it is made and columns that are missing when it is put in place", () => {
    assert.throws(() => plantNoise({ kind: "uniform", rate: 1.2 }), /rate/)
    assert.throws(() => plantNoise({ kind: "perClass", column: "rule", rates: { a: -1 } }), /-1/)
    assert.throws(() => plantNoise({ kind: "byMargin", margin: "margin", rate: 0.1, scale: 0 }), /scale 0/)
    const byWhom = plantNoise({ kind: "perAnnotator", column: "annotator", rates: { ada: 0.1 } })
    // @ts-expect-error there is no such column
    assert.throws(() => pipelineOf([], pairFields).pipe(byWhom), WiringError, /"annotator" is missing/)
    assert.doesNotThrow(() => pipelineOf([], pairFields).pipe(uniform, treat({ treatment: "keep" })))
  })
})
