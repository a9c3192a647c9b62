import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WiringError } from "../../src/Pipeline.ts"
import { flag } from "../../src/stages/flag.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs } from "./pairs.ts"

const chosen = { givenPrompt: "chosenGiven", alone: "chosenAlone", nTokens: "chosenTokens" } as const
const rejected = { givenPrompt: "rejectedGiven", alone: "rejectedAlone", nTokens: "rejectedTokens" } as const
const sides = {
  chosen: ["oneChosen", "twoChosen", "threeChosen"],
  rejected: ["oneRejected", "twoRejected", "threeRejected"]
} as const
const quarter = { fraction: 0.25 }

const stages = {
  llmJudge: flag({ rule: "llmJudge", chosen: "oneChosen", rejected: "oneRejected" }),
  rwGap: flag({ rule: "rwGap", gaps: ["gapOne", "gapTwo"], amount: quarter }),
  voteMaj: flag({ rule: "voteMaj", ...sides }),
  voteAll: flag({ rule: "voteAll", ...sides }),
  tagCmp: flag({ rule: "tagCmp", tags: "tags", nSelected: 10 }),
  tagDiv: flag({ rule: "tagDiv", tags: "tags", nSelected: 10 }),
  ifd: flag({ rule: "ifd", chosen, amount: quarter }),
  ifdGap: flag({ rule: "ifdGap", chosen, rejected, amount: quarter }),
  own: flag({
    rule: { name: "margin", needs: { margin: Schema.NullOr(Schema.Number) }, score: (row) => row.margin ?? Number.NaN },
    amount: quarter
  })
}
const rows = somePairs(40)

for (const stage of Object.values(stages)) {
  stageContract("flag", { fields: pairFields, rows, stage })
}

type Name = keyof typeof stages
const names = Object.keys(stages) as ReadonlyArray<Name>

const run = Effect.fnUntraced(function* (name: Name, some: ReadonlyArray<PairRow> = rows, batchSize = 512) {
  const stage = stages[name] as (typeof stages)["own"]
  const made = yield* collect(pipelineOf(some, pairFields, batchSize).pipe(stage))
  return made.rows
})

/** What is expected of one row, by the definition of the rule. */
const suspicionOf: Partial<Record<Name, (row: PairRow) => number>> = {
  llmJudge: (row) => row.oneRejected! - row.oneChosen!,
  rwGap: (row) => -(row.gapOne! + row.gapTwo!) / 2,
  voteMaj: (row) => -nFor(row),
  voteAll: (row) => -nFor(row),
  tagCmp: (row) => -row.tags.length,
  ifd: (row) => -difficulty(row.chosenAlone!, row.chosenGiven!, 20),
  ifdGap: (row) =>
    difficulty(row.rejectedAlone!, row.rejectedGiven!, 10) - difficulty(row.chosenAlone!, row.chosenGiven!, 20),
  own: (row) => (row.margin === null ? Number.NaN : -row.margin)
}
const nFor = (row: PairRow) =>
  [row.oneChosen! > row.oneRejected!, row.twoChosen! > row.twoRejected!, row.threeChosen! > row.threeRejected!].filter(
    Boolean
  ).length
const difficulty = (alone: number, given: number, nTokens: number) => Math.exp((alone - given) / nTokens)

describe("flag", () => {
  it.effect("flag adds minus the score of the rule as suspicion, and null where evidence is missing", () =>
    Effect.gen(function* () {
      for (const [name, expected] of Object.entries(suspicionOf)) {
        const isMissing = (row: PairRow, i: number) =>
          name === "own" ? row.margin === null : name !== "tagCmp" && i % 7 === 3
        for (const [i, row] of (yield* run(name as Name)).entries()) {
          if (isMissing(row, i)) assert.deepStrictEqual([row.suspicion, row.flagged], [null, false], `${name} ${i}`)
          else assert.closeTo(row.suspicion!, expected(row), 1e-12, `${name} ${i}`)
        }
      }
    })
  )

  it.effect("flag marks what each rule calls suspect", () =>
    Effect.gen(function* () {
      for (const row of yield* run("llmJudge")) assert.strictEqual(row.flagged, (row.suspicion ?? 0) > 0)
      for (const row of yield* run("voteMaj")) assert.strictEqual(row.flagged, row.suspicion !== null && nFor(row) < 2)
      for (const row of yield* run("voteAll"))
        assert.strictEqual(row.flagged, row.suspicion !== null && nFor(row) === 0)
      const flagged = new Set<boolean>()
      for (const row of yield* run("ifd")) if (row.suspicion !== null && row.suspicion < -1) flagged.add(row.flagged)
      assert.deepStrictEqual([...flagged], [true])
    })
  )

  it.effect("flag takes exactly the whole part of the fraction of rows with evidence, the most suspect", () =>
    Effect.gen(function* () {
      for (const name of ["rwGap", "ifdGap", "own"] as const) {
        for (const n of [40, 33, 7, 3]) {
          const made = (yield* run(name, rows.slice(0, n))).filter((row) => row.suspicion !== null)
          const taken = made.filter((row) => row.flagged)
          assert.strictEqual(taken.length, Math.floor(0.25 * made.length), `${name} of ${n}`)
          const rest = made.filter((row) => !row.flagged)
          assert.isTrue(taken.every((row) => rest.every((other) => row.suspicion! >= other.suspicion!)))
        }
      }
      for (const name of ["tagCmp", "tagDiv"] as const) {
        assert.strictEqual((yield* run(name)).filter((row) => !row.flagged).length, 10)
        assert.strictEqual((yield* run(name, rows.slice(0, 8))).filter((row) => !row.flagged).length, 8)
      }
    })
  )

  it.effect("flag says the same of a row whatever the order and the batches", () =>
    Effect.gen(function* () {
      const byId = (made: ReadonlyArray<{ readonly id: string }>) => made.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      for (const name of names) {
        assert.deepStrictEqual(byId(yield* run(name, rows.toReversed(), 3)), byId(yield* run(name)), name)
      }
    })
  )

  it("flag refuses columns that are missing or of another type when the pipeline is built, and names them", () => {
    const { threeChosen: _, ...fields } = pairFields
    const unchecked = (stage: unknown) => stage as (pipeline: unknown) => unknown
    assert.throws(() => unchecked(stages.voteMaj)(pipelineOf([], fields)), WiringError, /"threeChosen" is missing/)
    const text = flag({ rule: "llmJudge", chosen: "chosen", rejected: "oneRejected" })
    assert.throws(() => unchecked(text)(pipelineOf([], pairFields)), WiringError, /"chosen" is string, expected number/)
    // @ts-expect-error the column is text
    assert.throws(() => pipelineOf([], pairFields).pipe(text), WiringError)
    assert.throws(
      // @ts-expect-error there is no such column
      () => pipelineOf([], pairFields).pipe(flag({ rule: "tagCmp", tags: "topics" })),
      /"topics" is missing/
    )
  })

  it.effect("flag says by which evidence how many rows were flagged, and how many had none", () =>
    Effect.gen(function* () {
      const columns = {
        llmJudge: ["oneChosen", "oneRejected"],
        rwGap: ["gapOne", "gapTwo"],
        voteMaj: [...sides.chosen, ...sides.rejected],
        tagDiv: ["tags"],
        own: ["margin"]
      }
      for (const [name, evidence] of Object.entries(columns)) {
        const stage = stages[name as Name] as (typeof stages)["own"]
        const { findings, rows: made } = yield* collect(pipelineOf(rows, pairFields, 7).pipe(stage))
        assert.deepStrictEqual(findings.get("flag"), {
          kind: "flags",
          rule: name === "own" ? "margin" : name,
          evidence,
          nRows: 40,
          flagged: made.filter(({ flagged }) => flagged).length,
          unscored: made.filter(({ suspicion }) => suspicion === null).length
        })
      }
    })
  )

  it("flag refuses options out of range when it is made", () => {
    assert.throws(() => flag({ rule: "rwGap", gaps: ["gapOne"], amount: { fraction: 1.1 } }), /fraction 1.1/)
    assert.throws(() => flag({ rule: "rwGap", gaps: [], amount: quarter }), /no column with gaps/)
    assert.throws(() => flag({ rule: "voteMaj", chosen: ["a", "b"], rejected: ["c"] }), /2 columns for chosen and 1/)
    assert.throws(() => flag({ rule: "voteAll", chosen: [], rejected: [] }), /nModels 0/)
    assert.throws(() => flag({ rule: "tagDiv", tags: "tags", nSelected: -1 }), /nSelected -1/)
    assert.throws(() => flag({ rule: "ifd", chosen, amount: { budget: 0.5 } }), /budget 0.5/)
  })
})
