import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { normal } from "../../src/math/normal.ts"
import { scripted, type ScriptedOptions } from "../../src/providers/scripted.ts"
import type { EmbedRequest } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"
import { embed } from "../../src/stages/embed.ts"
import { flag } from "../../src/stages/flag.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const vector = Schema.NullOr(Schema.Array(Schema.Finite))
const vectorFields = { ...fields, chosenEmbedding: vector, rejectedEmbedding: vector }
type Embedded = RowOf<typeof vectorFields>

const pairOf = (i: number, rejected = `rejected ${i}`) => ({
  id: `row ${i}`,
  prompt: `prompt ${i}`,
  chosen: `chosen ${i}`,
  rejected
})
const rows = Array.from({ length: 6 }, (_, i) => pairOf(i, i === 4 ? " " : undefined))

const embedding = (of: NonNullable<ScriptedOptions["embed"]>) => {
  const asked: Array<EmbedRequest> = []
  const provider = scripted(
    () => {
      throw new Error("Cannot run the test: found a completion asked, expected none")
    },
    {
      embed: (request) => {
        asked.push(request)
        return of(request)
      }
    }
  )
  return { asked, provider }
}
const lengths = ({ text }: EmbedRequest) => [text.length, 1, -text.length / 2]

const nDimensions = 16

/**
 * Pairs of which the chosen vector is the better one along a hidden direction, by 1 on average, with noise of its own in every
 * dimension; a share of them is recorded the wrong way round.
 */
const planted = (n: number, flips: number) => {
  const direction = Array.from({ length: nDimensions }, (_, k) => (k % 2 === 0 ? 1 : -1) / Math.sqrt(nDimensions))
  const isFlipped = Uint8Array.from({ length: n }, (_, i) => Number(i < flips * n))
  const made = Array.from({ length: n }, (_, i): Embedded => {
    const random = keyedRandom("planted embeddings", i)
    const drawn = (sign: number) => direction.map((part) => sign * part + 0.5 * normal(random))
    const [better, worse] = [drawn(1), drawn(-1)]
    return {
      ...pairOf(i),
      chosenEmbedding: isFlipped[i] === 1 ? worse : better,
      rejectedEmbedding: isFlipped[i] === 1 ? better : worse
    }
  })
  return { made, isFlipped }
}

stageContract("embed.pairs", { fields, rows, stage: embed.pairs(), provider: embedding(lengths).provider })
stageContract("embed.cosines", { fields: vectorFields, rows: planted(6, 0.5).made, stage: embed.cosines() })
stageContract("embed.gaps", {
  fields: vectorFields,
  rows: planted(12, 0.2).made.map((row, i) => (i === 5 ? { ...row, chosenEmbedding: null } : row)),
  stage: embed.gaps({ nFolds: 3 })
})

const gapsOf = (given: ReadonlyArray<Embedded>) =>
  Effect.map(collect(pipelineOf(given, vectorFields).pipe(embed.gaps())), ({ rows: made }) =>
    made.map(({ embeddingGap }) => embeddingGap)
  )

describe("embed.pairs", () => {
  it.effect("embed.pairs asks for both responses behind their prompt, or in a template of one's own", () =>
    Effect.gen(function* () {
      const plain = embedding(lengths)
      const { rows: made } = yield* collect(pipelineOf([pairOf(1)], fields).pipe(embed.pairs()), plain)
      assert.sameMembers(
        plain.asked.map(({ text }) => text),
        ["prompt 1\n\nchosen 1", "prompt 1\n\nrejected 1"]
      )
      assert.deepStrictEqual(made[0]!.chosenEmbedding, [18, 1, -9])
      assert.deepStrictEqual(made[0]!.rejectedEmbedding, [20, 1, -10])
      const own = embedding(lengths)
      const stage = embed.pairs({ model: "m", dimensions: 3, template: ({ response }) => response })
      yield* collect(pipelineOf([pairOf(1)], fields).pipe(stage), own)
      assert.sameDeepMembers(own.asked, [
        { text: "chosen 1", model: "m", dimensions: 3 },
        { text: "rejected 1", model: "m", dimensions: 3 }
      ])
    })
  )

  it.effect("embed.pairs leaves a response without text null, with a note", () =>
    Effect.gen(function* () {
      const { asked, provider } = embedding(lengths)
      const { rejects, rows: made } = yield* collect(pipelineOf([rows[4]!], fields).pipe(embed.pairs()), { provider })
      assert.deepStrictEqual([made[0]!.rejectedEmbedding, made[0]!.chosenEmbedding!.length, asked.length], [null, 3, 1])
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail]),
        [["embedding: no text", "rejected: the response is empty"]]
      )
    })
  )

  it("embed.pairs needs a provider that embeds, and a whole number of dimensions", () => {
    const { steps } = pipelineOf(rows, fields).pipe(embed.pairs())
    assert.deepStrictEqual([steps.at(-1)!.capabilities, steps.at(-1)!.callsPerRow], [["embed"], 2])
    for (const dimensions of [0, 1.5, Number.NaN]) {
      assert.throws(() => embed.pairs({ dimensions }), `found dimensions ${dimensions}`)
    }
  })
})

describe("embed.cosines", () => {
  it.effect("embed.cosines measures the angle whatever the lengths, and says nothing without a direction", () =>
    Effect.gen(function* () {
      const cases = [
        [[3, 4], [6, 8], 1],
        [[1, 0], [0, 5], 0],
        [[2, 0], [-1, 0], -1],
        [[1, 0], [2, 2], Math.SQRT1_2],
        [[0, 0], [1, 1], null],
        [null, [1, 1], null]
      ] as const
      const given = cases.map(([chosenEmbedding, rejectedEmbedding], i) => ({
        ...pairOf(i),
        chosenEmbedding,
        rejectedEmbedding
      }))
      const { rows: made } = yield* collect(pipelineOf(given, vectorFields).pipe(embed.cosines()))
      for (const [i, [, , expected]] of cases.entries()) {
        const { embeddingCosine } = made[i]!
        if (expected === null) assert.isNull(embeddingCosine)
        else assert.approximately(embeddingCosine!, expected, 1e-12)
      }
    })
  )

  it.effect("embed.cosines leaves a pair of vectors of two lengths null, with a note", () =>
    Effect.gen(function* () {
      const given = [{ ...pairOf(1), chosenEmbedding: [1, 2, 3], rejectedEmbedding: [1, 2] }]
      const { rejects, rows: made } = yield* collect(pipelineOf(given, vectorFields).pipe(embed.cosines()))
      assert.isNull(made[0]!.embeddingCosine)
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["row 1", "embedding: lengths differ"]]
      )
      assert.match(rejects[0]!.detail, /found one of 3 numbers and one of 2, expected as many; /)
    })
  )
})

describe("embed.gaps", () => {
  it.effect(
    "embed.gaps ranks flipped labels as suspect where the vectors tell quality, and not where they do not",
    () =>
      Effect.gen(function* () {
        const { isFlipped, made } = planted(600, 0.2)
        const auc = (gaps: ReadonlyArray<number | null>) =>
          areaUnderRoc(
            Float64Array.from(gaps, (gap) => gap!),
            isFlipped
          )
        // Along the true direction a gap is 2 or -2 with a standard deviation of 0.5 √2, so that perfect knowledge of it would rank
        // all but one in ten thousand; a fit on noisy labels knows it less well.
        assert.isAbove(auc(yield* gapsOf(made)), 0.95)
        const blind = made.map((row, i) => {
          const random = keyedRandom("blind", i)
          const noise = () => Array.from({ length: nDimensions }, () => normal(random))
          return { ...row, chosenEmbedding: noise(), rejectedEmbedding: noise() }
        })
        // Without signal the area is 1/2 with a standard error of √((n₁ + n₂ + 1) / (12 n₁ n₂)).
        assert.closeTo(auc(yield* gapsOf(blind)), 0.5, 4 * Math.sqrt(601 / (12 * 120 * 480)))
      })
  )

  it.effect("embed.gaps never saw the label: the gap of a pair turned round is its negative, to the last bit", () =>
    Effect.gen(function* () {
      const { made } = planted(60, 0)
      const before = yield* gapsOf(made)
      for (const at of [0, 17, 59]) {
        const turned = made.map((row, i) =>
          i === at ? { ...row, chosenEmbedding: row.rejectedEmbedding, rejectedEmbedding: row.chosenEmbedding } : row
        )
        assert.strictEqual((yield* gapsOf(turned))[at], -before[at]!)
      }
    })
  )

  it.effect("embed.gaps does not depend on the unit of the vectors", () =>
    Effect.gen(function* () {
      const { made } = planted(60, 0.2)
      const before = yield* gapsOf(made)
      // A power of two, so that only exponents change.
      const scaled = (list: ReadonlyArray<number> | null) => list!.map((value) => 1024 * value)
      const after = yield* gapsOf(
        made.map((row) => ({
          ...row,
          chosenEmbedding: scaled(row.chosenEmbedding),
          rejectedEmbedding: scaled(row.rejectedEmbedding)
        }))
      )
      for (const [i, gap] of after.entries()) assert.closeTo(gap!, before[i]!, 1e-6)
    })
  )

  it.effect("embed.gaps gives null without both vectors, without another prompt, and rules of flag read it", () =>
    Effect.gen(function* () {
      const { made } = planted(20, 0.2)
      const some = made.map((row, i) => (i === 3 ? { ...row, rejectedEmbedding: null } : row))
      const gaps = yield* gapsOf(some)
      assert.deepStrictEqual(
        gaps.flatMap((gap, i) => (gap === null ? [i] : [])),
        [3]
      )
      const onePrompt = made.map((row) => ({ ...row, prompt: "the same" }))
      assert.isTrue((yield* gapsOf(onePrompt)).every((gap) => gap === null))
      const flagged = yield* collect(
        pipelineOf(some, vectorFields).pipe(
          embed.gaps(),
          flag({ rule: "rwGap", gaps: ["embeddingGap"], amount: { budget: 4 } })
        )
      )
      assert.strictEqual(flagged.rows.filter((row) => row.flagged).length, 4)
      assert.isFalse(flagged.rows[3]!.flagged)
    })
  )

  it.effect("embed.gaps fails on vectors of different lengths, naming the row, and refuses fewer than two parts", () =>
    Effect.gen(function* () {
      const { made } = planted(4, 0)
      const odd = made.map((row, i) => (i === 2 ? { ...row, rejectedEmbedding: [1, 2] } : row))
      const { message } = yield* Effect.flip(gapsOf(odd))
      assert.match(message, /found one of 2 numbers in row 2, "row 2", expected 16 as in the rows before; .* filter/)
      assert.throws(() => embed.gaps({ nFolds: 1 }), /found nFolds 1/)
    })
  )
})
