import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { prefCleanBench as methods } from "../../src/cleaners/prefCleanBench.ts"
import { prefCleanBench } from "../../src/stages/prefCleanBench.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs, turnedPair } from "./pairs.ts"

const rows = somePairs(40)
const models = { chosen: ["oneChosen", "twoChosen"], rejected: ["oneRejected", "twoRejected"] } as const
const judge = { chosen: "oneChosen", rejected: "oneRejected" } as const
const gaps = { gaps: ["gapOne", "gapTwo"], amount: { fraction: 0.3 } } as const
const tags = { tags: "tags", nSelected: 12 } as const
const response = {
  chosen: { givenPrompt: "chosenGiven", alone: "chosenAlone", nTokens: "chosenTokens" },
  amount: { fraction: 0.3 }
} as const
const both = {
  ...response,
  rejected: { givenPrompt: "rejectedGiven", alone: "rejectedAlone", nTokens: "rejectedTokens" }
} as const
const input = () => pipelineOf(rows, pairFields)

const made = {
  "LLM-Judge-R": () => input().pipe(prefCleanBench("LLM-Judge-R", judge)),
  "LLM-Judge-F": () => input().pipe(prefCleanBench("LLM-Judge-F", judge)),
  "RwGap-R": () => input().pipe(prefCleanBench("RwGap-R", gaps)),
  "RwGap-F": () => input().pipe(prefCleanBench("RwGap-F", gaps)),
  "Vote-Maj-R": () => input().pipe(prefCleanBench("Vote-Maj-R", models)),
  "Vote-Maj-F": () => input().pipe(prefCleanBench("Vote-Maj-F", models)),
  "Vote-All-R": () => input().pipe(prefCleanBench("Vote-All-R", models)),
  "Vote-All-F": () => input().pipe(prefCleanBench("Vote-All-F", models)),
  "Tag-Cmp": () => input().pipe(prefCleanBench("Tag-Cmp", tags)),
  "Tag-Div": () => input().pipe(prefCleanBench("Tag-Div", tags)),
  "IFD-R": () => input().pipe(prefCleanBench("IFD-R", response)),
  "IFD-Gap-R": () => input().pipe(prefCleanBench("IFD-Gap-R", both)),
  "IFD-Gap-F": () => input().pipe(prefCleanBench("IFD-Gap-F", both))
}

for (const stage of [prefCleanBench("Vote-Maj-R", models), prefCleanBench("Vote-Maj-F", models)]) {
  stageContract("prefCleanBench", { fields: pairFields, rows, stage })
}

describe("prefCleanBench", () => {
  it.effect("prefCleanBench removes or flips what the rule of the published name flags, and loses nothing", () =>
    Effect.gen(function* () {
      assert.sameMembers(
        Object.keys(made),
        methods.map(({ name }) => name)
      )
      for (const { evidence, name, rule, treatment } of methods) {
        const pipeline = made[name as keyof typeof made]()
        assert.deepStrictEqual(
          pipeline.steps.slice(1).map(({ config }) => config),
          [
            { ...(pipeline.steps[1]!.config as object), rule },
            { treatment, negated: evidence === "rewardGaps" ? ["gapOne", "gapTwo"] : [] }
          ]
        )
        const result = yield* collect(pipeline)
        const rejected = result.rejects.map(({ detail }) => JSON.parse(detail) as PairRow & { flagged: boolean })
        assert.isTrue(rejected.every(({ flagged }) => flagged))
        assert.sameMembers(
          [...result.rows, ...rejected].map(({ id }) => id),
          rows.map(({ id }) => id)
        )
        const flipped = result.rows.filter((row) => row.flipped)
        assert.isAbove(treatment === "remove" ? rejected.length : flipped.length, 0, name)
        assert.strictEqual(treatment === "remove" ? flipped.length : rejected.length, 0, name)
        for (const row of result.rows) {
          const given = rows.find(({ id }) => id === row.id)!
          const expected = row.flipped ? turnedPair(given) : given
          assert.deepStrictEqual(
            [row.chosen, row.rejected, row.margin],
            [expected.chosen, expected.rejected, expected.margin]
          )
          if (name === "RwGap-F" && row.flipped) assert.strictEqual(row.gapOne, 0 - given.gapOne!)
        }
      }
    })
  )

  it("prefCleanBench refuses a name that is none of the thirteen, and columns of another rule", () => {
    // @ts-expect-error it has both treatments, so one has to be named
    assert.throws(() => prefCleanBench("Vote-Maj", models), /"Vote-Maj", expected one of LLM-Judge-R, /)
    // @ts-expect-error a judge has one column for each response
    assert.throws(() => input().pipe(prefCleanBench("LLM-Judge-R", models)))
    // @ts-expect-error there is no such column
    assert.throws(() => input().pipe(prefCleanBench("Tag-Cmp", { tags: "topics" })), /"topics" is missing/)
  })
})
