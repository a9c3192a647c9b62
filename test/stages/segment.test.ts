import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Candidates } from "../../schemas/Candidate.ts"
import { TokenEntropies } from "../../schemas/TokenEntropy.ts"
import { splitSentences } from "../../src/segments/splitSentences.ts"
import { segment } from "../../src/stages/segment.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

stageContract("segment", { fields: groupFields, rows: someGroups(6), stage: segment({ by: splitSentences }) })

const fields = { ...Candidates, ...TokenEntropies }
const rowOf = (text: string, tokens: ReadonlyArray<readonly [end: number, nats: number]> = []) => ({
  candidates: [candidateOf({ id: "a", text }), candidateOf({ id: "b", text: " " })],
  tokenEntropies:
    tokens.length === 0
      ? []
      : [{ candidateId: "a", ends: tokens.map(([end]) => end), nats: tokens.map(([, nats]) => nats) }]
})

const valuesOf = (features: ReadonlyArray<{ readonly name: string; readonly value: number }>) =>
  Object.fromEntries(features.map(({ name, value }) => [name, value]))

describe("segment", () => {
  it.effect("segment addresses pieces with their length, words and share of hedges", () =>
    Effect.gen(function* () {
      const { rows } = yield* collect(
        pipelineOf([rowOf("Maybe so. No!")], fields).pipe(
          segment({ by: splitSentences, features: { exclaims: (text) => (text.includes("!") ? 1 : null) } })
        )
      )
      const { spans } = rows[0]!
      assert.deepStrictEqual(
        spans.map(({ candidateId, end, index, kind, start }) => [candidateId, index, start, end, kind]),
        [
          ["a", 0, 0, 10, "sentence"],
          ["a", 1, 10, 13, "sentence"]
        ]
      )
      assert.deepStrictEqual(
        spans.map(({ features }) => valuesOf(features)),
        [
          { characters: 10, words: 2, hedgeShare: 0.5 },
          { characters: 3, words: 1, hedgeShare: 0, exclaims: 1 }
        ]
      )
    })
  )

  it.effect("segment gives each span the entropy of the tokens that end in it, and where its peak lies", () =>
    Effect.gen(function* () {
      const row = rowOf("ab c. D e", [
        [2, 1],
        [6, 3],
        [7, 0],
        [9, 5]
      ])
      const { rows } = yield* collect(pipelineOf([row], fields).pipe(segment({ by: splitSentences, windows: [1, 2] })))
      const [first, second] = rows[0]!.spans.map(({ features }) => valuesOf(features))
      assert.deepInclude(first, { nTokens: 2, entropyNats: 2, peakEntropyNats: 2, peakEnd: 6 })
      assert.deepInclude(second, { nTokens: 2, entropyNats: 2.5, peakEntropyNats: 2.5, peakEnd: 9 })
      const short = yield* collect(pipelineOf([row], fields).pipe(segment({ by: splitSentences, windows: [1] })))
      assert.deepInclude(valuesOf(short.rows[0]!.spans[0]!.features), { peakEntropyNats: 1, peakEnd: 2 })
      const unknown = yield* collect(pipelineOf([rowOf("ab c.")], fields).pipe(segment({ by: splitSentences })))
      assert.notProperty(valuesOf(unknown.rows[0]!.spans[0]!.features), "entropyNats")
    })
  )

  it.effect("segment takes a pattern or a function, of the candidates it is told", () =>
    Effect.gen(function* () {
      const row = {
        candidates: [candidateOf({ id: "a", text: "x|y" }), candidateOf({ id: "b", text: "z", kind: "thought" })]
      }
      const kindsBy = (stage: ReturnType<typeof segment>) =>
        Effect.map(collect(pipelineOf([row], Candidates).pipe(stage)), ({ rows }) =>
          rows[0]!.spans.map(({ candidateId, kind }) => `${candidateId} ${kind}`)
        )
      assert.deepStrictEqual(yield* kindsBy(segment({ by: /\|/ })), ["a segment", "a segment", "b segment"])
      const own = segment({
        by: (text) => [{ start: 0, end: text.length, kind: "all" }],
        of: ({ kind }) => kind === "thought"
      })
      assert.deepStrictEqual(yield* kindsBy(own), ["b all"])
      const wrong = segment({ by: () => [{ start: 0, end: 99, kind: "all" }] })
      const failed = yield* Effect.exit(kindsBy(wrong))
      assert.match(String(failed), /Cannot segment candidate "a" by .*found a piece from 0 to 99/)
      assert.throws(() => segment({ by: /x/, windows: [0] }), RangeError)
    })
  )
})
