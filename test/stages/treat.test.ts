import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Finding } from "../../src/Findings.ts"
import { WiringError } from "../../src/Pipeline.ts"
import { treat } from "../../src/stages/treat.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs, turnedPair } from "./pairs.ts"

const fields = { ...pairFields, flagged: Schema.Boolean }
const rows = somePairs(30).map((row, i) => ({ ...row, flagged: i % 3 === 1 }))
type Row = (typeof rows)[number]

for (const treatment of ["keep", "weight", "softLabel", "flip", "remove"] as const) {
  stageContract("treat", { fields, rows, stage: treat({ treatment }) })
}

const run = (treatment: "keep" | "weight" | "softLabel" | "flip" | "remove", some: ReadonlyArray<Row> = rows) =>
  collect(pipelineOf(some, fields, 4).pipe(treat({ treatment })))

const asBefore = ({
  flipped: _flipped,
  target: _target,
  weight: _weight,
  ...row
}: PairRow & { readonly flipped: boolean; readonly target: number; readonly weight: number }) => row

/** Two pairs are the same but for the rounding of one probability. */
const assertSame = (found: PairRow, expected: PairRow) => {
  const { labelProb, ...rest } = found
  const { labelProb: expectedProb, ...expectedRest } = expected
  assert.deepStrictEqual(rest, expectedRest)
  if (expectedProb === null) assert.isNull(labelProb)
  else assert.closeTo(labelProb!, expectedProb, 1e-15)
}

describe("treat", () => {
  it.effect("treat exchanges the sides of flagged pairs with all that depends on their order", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run("flip")
      assert.deepStrictEqual(rejects, [])
      for (const [i, row] of made.entries()) {
        const given = rows[i]!
        assert.deepStrictEqual([row.flipped, row.weight, row.target], [given.flagged, 1, 1])
        assert.deepStrictEqual(asBefore(row), given.flagged ? { ...turnedPair(given), flagged: true } : given)
      }
    })
  )

  it.effect("treat flips twice to where it began", () =>
    Effect.gen(function* () {
      const twice = pipelineOf(rows, fields).pipe(treat({ treatment: "flip" }), treat({ treatment: "flip" }))
      const { rows: made } = yield* collect(twice)
      for (const [i, row] of made.entries()) assertSame(asBefore(row), rows[i]!)
    })
  )

  it.effect("treat changes the sign of the columns it is told, and of no others", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* collect(
        pipelineOf(rows, fields).pipe(treat({ treatment: "flip", negated: ["gapOne"] }))
      )
      for (const [i, row] of made.entries()) {
        const { flagged, gapOne, gapTwo } = rows[i]!
        assert.deepStrictEqual([row.gapOne, row.gapTwo], [gapOne === null || !flagged ? gapOne : 0 - gapOne, gapTwo])
      }
    })
  )

  it.effect("treat sends flagged pairs to the rejects whole, so that output and rejects are the input", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* run("remove")
      const removed = rejects.map(({ detail }) => JSON.parse(detail) as Row)
      assert.deepStrictEqual(
        made.map(asBefore),
        rows.filter(({ flagged }) => !flagged)
      )
      assert.deepStrictEqual(
        removed,
        rows.filter(({ flagged }) => flagged)
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => [id, reason, stage]),
        removed.map(({ id }) => [id, "suspect pair", "treat"])
      )
    })
  )

  it.effect("treat weighs pairs or softens their labels by their probability, and leaves them alone without one", () =>
    Effect.gen(function* () {
      for (const [treatment, column] of [
        ["weight", "weight"],
        ["softLabel", "target"]
      ] as const) {
        const { rows: made } = yield* run(treatment)
        for (const [i, row] of made.entries()) {
          assert.deepStrictEqual(asBefore(row), rows[i]!)
          assert.deepStrictEqual(
            { weight: 1, target: 1, [column]: rows[i]!.labelProb ?? 1 },
            {
              weight: row.weight,
              target: row.target
            }
          )
        }
      }
      assert.isTrue((yield* run("keep")).rows.every(({ flipped, target, weight }) => !flipped && weight + target === 2))
    })
  )

  it.effect("treat says what became of the rows, for each treatment and each run anew", () =>
    Effect.gen(function* () {
      const nFlagged = rows.filter(({ flagged }) => flagged).length
      const known = rows.flatMap(({ labelProb }) => (labelProb === null ? [] : [labelProb]))
      const meanWeight = (known.reduce((sum, p) => sum + p, 0) + rows.length - known.length) / rows.length
      const nothing = { untouched: 30, weighted: 0, flipped: 0, removed: 0, meanWeight: 1 }
      const soft = { ...nothing, untouched: 30 - known.length, weighted: known.length, meanWeight }
      const expected = {
        keep: nothing,
        weight: soft,
        softLabel: soft,
        flip: { ...nothing, untouched: 30 - nFlagged, flipped: nFlagged },
        remove: { ...nothing, untouched: 30 - nFlagged, removed: nFlagged }
      }
      for (const treatment of ["keep", "weight", "softLabel", "flip", "remove"] as const) {
        const stage = treat({ treatment })
        for (let time = 0; time < 2; time++) {
          const { findings } = yield* collect(pipelineOf(rows, fields, 4).pipe(stage))
          const { meanWeight: found, ...counts } = findings.get("treat") as Extract<Finding, { kind: "treatments" }>
          const { meanWeight: wanted, ...others } = expected[treatment]
          assert.deepStrictEqual(counts, { kind: "treatments", treatment, nRows: 30, ...others })
          assert.closeTo(found!, wanted, 1e-12)
        }
      }
      const { findings } = yield* collect(pipelineOf([], fields).pipe(treat({ treatment: "remove" })))
      assert.include(findings.get("treat"), { nRows: 0, meanWeight: null })
    })
  )

  it("treat refuses columns that do not fit when the pipeline is built, and names them", () => {
    const plain = { id: Schema.String, chosen: Schema.String, rejected: Schema.String }
    // @ts-expect-error nothing was flagged
    assert.throws(() => pipelineOf([], plain).pipe(treat({ treatment: "flip" })), WiringError, /"flagged" is missing/)
    // @ts-expect-error no cleaner has run
    assert.throws(() => pipelineOf([], plain).pipe(treat({ treatment: "weight" })), /"labelProb" is missing/)
    // @ts-expect-error there is no such column
    assert.throws(() => pipelineOf([], plain).pipe(treat({ treatment: "keep", negated: ["gap"] })), /"gap" is missing/)
    // @ts-expect-error a single text is no pair
    assert.throws(() => pipelineOf([], { id: Schema.String, chosen: Schema.String }).pipe(treat({ treatment: "keep" })))
    const uneven = { ...plain, nChosen: Schema.Int, nRejected: Schema.NullOr(Schema.Int) }
    assert.throws(
      () => pipelineOf([], uneven).pipe(treat({ treatment: "keep" })),
      WiringError,
      /"nRejected" is integer or null, expected integer as "nChosen" is/
    )
  })
})
