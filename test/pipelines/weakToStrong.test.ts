import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { memory, Pipeline, Prompt, treat } from "prefloom"
import { weakToStrong } from "../../pipelines/weakToStrong.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

interface PoolRow {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}
const lines = fs.readFileSync("data/weakToStrong.jsonl", "utf8").trim().split("\n")
const pool = lines.map((line) => JSON.parse(line) as PoolRow)

/** By how much each model finds the first text of a harmless pair likelier, in nats a token. */
const margins: Readonly<Record<string, ReadonlyArray<number>>> = {
  weak: [2, -2, 0.4, -0.4, 1.2, 5],
  middle: [-3, -2, 2, -0.4, 1.2, 0]
}

const provider = scripted(() => assert.fail("nothing is generated"), {
  score: ({ context, model, text }) => {
    const prompt = typeof context === "string" ? context : context[0]!.content
    const place = pool.findIndex((row) => row.prompt === prompt)
    const isFirst = pool[place]!.chosen === text
    // First texts have two tokens and second ones nine, so that sums say something else.
    const token = { token: "x", logProb: isFirst ? -10 + margins[model!]![place]! : -10 }
    return Array.from({ length: isFirst ? 2 : 9 }, () => token)
  }
})
const train = [process.execPath, "-p", '"middle"'] as const
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

describe("weakToStrong", () => {
  it.effect(
    "weakToStrong turns pairs by the labeller's margin, keeps sure labels, and has the trained model label the same pool again",
    () =>
      Effect.gen(function* () {
        const { rejects, rows } = yield* runRecipe(weakToStrong(train), provider)
        const labelled = rows.filter(({ objective }) => objective === "harmless")
        const seen = labelled.map((row) => [row.round, row.labeller, row.labellerTier, row.id, row.flipped])
        assert.deepStrictEqual(seen, [
          [1, "weak", 1, "harmless-1", false],
          [1, "weak", 1, "harmless-2", true],
          [1, "weak", 1, "harmless-5", false],
          [1, "weak", 1, "harmless-6", false],
          [2, "middle", 2, "harmless-1", true],
          [2, "middle", 2, "harmless-2", true],
          [2, "middle", 2, "harmless-3", false],
          [2, "middle", 2, "harmless-5", false]
        ])
        for (const { chosen, chosenLogProbs, flipped, id, labelProb, labeller, rejected, round, ...more } of labelled) {
          assert.approximately(more.suspicion!, 0 - margins[labeller]![pool.findIndex((one) => one.id === id)]!, 1e-12)
          assert.isTrue(flipped === more.flagged && more.chosenPerToken! >= more.rejectedPerToken!)
          const place = pool.findIndex((row) => row.id === id)
          const given = pool[place]!
          const sides = [given.chosen, given.rejected]
          assert.deepStrictEqual([chosen, rejected], flipped ? sides.toReversed() : sides)
          assert.approximately(labelProb, sigmoid(Math.abs(margins[labeller]![place]!)), 1e-12)
          // What earlier labellers found stays beside the label, on the side of its text.
          assert.deepStrictEqual(
            chosenLogProbs.map(({ logProb, model }) => [model, logProb]),
            ["weak", "middle"]
              .slice(0, round)
              .map((model) => [model, flipped ? -90 : 2 * (-10 + margins[model]![place]!)])
          )
        }
        const unsure = rejects
          .filter(({ reason }) => reason === "unsure")
          .map(({ id, stage }) => [stage.slice(0, 7), id])
        assert.deepStrictEqual(unsure, [
          ["round 1", "harmless-3"],
          ["round 1", "harmless-4"],
          ["round 2", "harmless-4"],
          ["round 2", "harmless-6"]
        ])
      })
  )

  it.effect("weakToStrong gives the strong model as many helpful pairs of people as there are sure harmless ones", () =>
    Effect.gen(function* () {
      const { rejects, rows } = yield* runRecipe(weakToStrong(train), provider)
      assert.isTrue(rows.every(({ objective, round }) => round === 2 || objective === "harmless"))
      const last = rows.filter(({ round }) => round === 2)
      assert.deepStrictEqual(
        last.map(({ objective }) => objective),
        ["harmless", "helpful"].flatMap((objective) => Array.from({ length: 4 }, () => objective))
      )
      const over = rejects.filter(({ reason }) => reason === "over quota")
      assert.strictEqual(over.length, lines.filter((line) => line.includes('"helpful"')).length - 4)
      assert.isAbove(over.length, 0)
      for (const { chosen, id, labeller, labelProb } of last.filter(({ objective }) => objective === "helpful")) {
        assert.deepStrictEqual([labeller, labelProb], ["people", 1])
        assert.strictEqual(chosen, pool.find((row) => row.id === id)!.chosen)
      }
    })
  )

  it("weakToStrong does not compile where pairs are turned before they are labelled", () => {
    const pairs = memory([], { ...Prompt, chosen: Prompt.prompt, rejected: Prompt.prompt })
    assert.throws(
      // @ts-expect-error flagged is missing
      () => pairs.pipe(treat({ treatment: "flip" })),
      Pipeline.WiringError,
      'column "flagged" is missing'
    )
  })
})
