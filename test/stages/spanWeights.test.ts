import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Spans } from "../../schemas/Span.ts"
import type { SpanWeight } from "../../schemas/SpanWeight.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { splitSentences } from "../../src/segments/splitSentences.ts"
import { pair } from "../../src/stages/pair.ts"
import { segment } from "../../src/stages/segment.ts"
import { spanWeights } from "../../src/stages/spanWeights.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf } from "./groups.ts"

const fields = { id: Schema.String, text: Schema.String, at: Schema.Int }
const rows = ["a word", "", "two words", "x"].map((text, i) => ({ id: `row ${i}`, text, at: Math.min(2, text.length) }))
const behind = spanWeights({
  of: "text",
  needs: { at: Schema.Int },
  spans: ({ at, text }) => [{ start: at, end: text.length, weight: 0.5 }],
  elsewhere: 0
})
stageContract("spanWeights", { fields, rows, stage: behind })

const weighed = (text: string, spans: ReadonlyArray<SpanWeight>, elsewhere?: number) =>
  Effect.map(
    collect(
      pipelineOf([{ id: "r", text }], { id: Schema.String, text: Schema.String }).pipe(
        spanWeights({ of: "text", needs: {}, spans: () => spans, ...(elsewhere === undefined ? {} : { elsewhere }) })
      )
    ),
    ({ rows: made }) => made[0]!.textWeights.map(({ end, start, weight }) => [start, end, weight])
  )

describe("spanWeights", () => {
  it.effect("spanWeights covers a text from end to end, in order, whatever the order of the spans", () =>
    Effect.gen(function* () {
      const spans = [
        { start: 6, end: 8, weight: 0.5 },
        { start: 1, end: 3, weight: 2 }
      ]
      const expected = [
        [0, 1, 1],
        [1, 3, 2],
        [3, 6, 1],
        [6, 8, 0.5],
        [8, 10, 1]
      ]
      assert.deepStrictEqual(yield* weighed("0123456789", spans), expected)
      assert.deepStrictEqual(yield* weighed("0123456789", spans.toReversed()), expected)
      assert.deepStrictEqual(yield* weighed("0123", [], 0), [[0, 4, 0]])
      assert.deepStrictEqual(yield* weighed("", []), [])
    })
  )

  it.effect("spanWeights joins neighbours of equal weight and leaves out spans of no character", () =>
    Effect.gen(function* () {
      const spans = [
        { start: 0, end: 2, weight: 0 },
        { start: 2, end: 2, weight: 9 },
        { start: 2, end: 3, weight: 0 },
        { start: 4, end: 5, weight: 1 }
      ]
      assert.deepStrictEqual(yield* weighed("01234", spans), [
        [0, 3, 0],
        [3, 5, 1]
      ])
    })
  )

  it.effect("spanWeights stops at spans that overlap, leave the text or weigh no number, and names the row", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [ReadonlyArray<SpanWeight>, RegExp]> = [
        [[{ start: 0, end: 6, weight: 1 }], /"text" of row "r": found a span from 0 to 6 behind 0 in a text of 5/],
        [[{ start: -1, end: 2, weight: 1 }], /found a span from -1 to 2/],
        [
          [
            { start: 0, end: 3, weight: 1 },
            { start: 2, end: 4, weight: 1 }
          ],
          /found a span from 2 to 4 behind 3/
        ],
        [[{ start: 0, end: 1, weight: Number.NaN }], /found weight NaN/]
      ]
      for (const [spans, message] of wrong) {
        assert.match(String(yield* Effect.exit(weighed("01234", spans))), message)
      }
      assert.throws(() => spanWeights({ of: [], needs: {}, spans: () => [] }), /found no column/)
    })
  )

  it.effect("spanWeights weighs both sides of a pair by numbers of the spans that they were carried with", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 9, b: 1 }, { a: { text: "Right. Quite so." }, b: { text: "Wrong." } })
      const { rows: made } = yield* collect(
        pipelineOf([row], groupFields).pipe(
          segment({ by: splitSentences, features: { worth: (text) => (text.startsWith("Quite") ? 0.25 : 1.5) } }),
          pair({ rules: [bestWorst()], carry: Spans }),
          spanWeights({
            of: ["chosen", "rejected"],
            needs: { ...Spans, chosenId: Schema.String, rejectedId: Schema.String },
            spans: ({ chosenId, rejectedId, spans }, column) =>
              spans
                .filter(({ candidateId }) => candidateId === (column === "chosen" ? chosenId : rejectedId))
                .map(({ end, features, start }) => ({
                  start,
                  end,
                  weight: features.find(({ name }) => name === "worth")!.value
                }))
          })
        )
      )
      assert.deepStrictEqual(
        made.map(({ chosenWeights, rejectedWeights }) => [chosenWeights, rejectedWeights]),
        [
          [
            [
              { start: 0, end: 7, weight: 1.5 },
              { start: 7, end: 16, weight: 0.25 }
            ],
            [{ start: 0, end: 6, weight: 1.5 }]
          ]
        ]
      )
    })
  )
})

/** Checked by the compiler alone. */
export const ordersThatDoNotFit = () => [
  // @ts-expect-error there is no text of that name
  pipelineOf(rows, fields).pipe(spanWeights({ of: "chosen", needs: {}, spans: () => [] }))
]
