import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { splitSentences } from "../../src/segments/splitSentences.ts"
import { splitSteps } from "../../src/segments/splitSteps.ts"
import { suffixes, type SuffixesOptions } from "../../src/stages/suffixes.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const pairOf = (chosen: string, rejected: string, id = "row") => ({ id, prompt: "Why?", chosen, rejected })

const steps = pairOf("First this.\n\nThen that.\n\nSo yes.", "First this.\n\nThen those.\n\nSo no.")
const mixed = [steps, pairOf("a", "b"), pairOf("a b", "a"), pairOf("One. Two.", "One. Three.")].map((row, i) => ({
  ...row,
  id: `row ${i}`
}))
stageContract("suffixes", { fields, rows: mixed, stage: suffixes() })
stageContract("suffixes of steps", {
  fields,
  rows: mixed,
  stage: suffixes({ at: splitSteps, keep: "next", unshared: "keep" })
})

const run = (options: SuffixesOptions, ...given: ReadonlyArray<ReturnType<typeof pairOf>>) =>
  collect(pipelineOf(given, fields).pipe(suffixes(options)))

describe("suffixes", () => {
  it.effect("suffixes moves what both sides share into the prompt, and says how much", () =>
    Effect.gen(function* () {
      const { rows } = yield* run({}, steps)
      assert.deepStrictEqual(rows, [
        {
          id: "row",
          prompt: "Why?\n\nFirst this.\n\nThen th",
          chosen: "at.\n\nSo yes.",
          rejected: "ose.\n\nSo no.",
          sharedPrefix: "First this.\n\nThen th".length,
          sharedPieces: null
        }
      ])
    })
  )

  it.effect("suffixes cuts at the border of a step or sentence, and leaves the white space to the sides", () =>
    Effect.gen(function* () {
      const { rows } = yield* run({ at: splitSteps, between: " | " }, steps)
      assert.deepStrictEqual(rows, [
        {
          id: "row",
          prompt: "Why? | First this.",
          chosen: "\n\nThen that.\n\nSo yes.",
          rejected: "\n\nThen those.\n\nSo no.",
          sharedPrefix: "First this.".length,
          sharedPieces: 1
        }
      ])
      const { rows: characters } = yield* run({}, pairOf("It is here.", "It is there."))
      assert.deepStrictEqual(
        characters.map(({ chosen, prompt, rejected }) => [prompt, chosen, rejected]),
        [["Why?\n\nIt is", " here.", " there."]]
      )
      const { rows: sentences } = yield* run(
        { at: splitSentences },
        pairOf("It is. It was. It goes.", "It is. It was. It went.")
      )
      assert.deepStrictEqual(
        sentences.map(({ chosen, rejected, sharedPieces }) => [chosen, rejected, sharedPieces]),
        [[" It goes.", " It went.", 2]]
      )
    })
  )

  it.effect("suffixes gives both sides back behind what was moved, whatever the texts", () =>
    Effect.gen(function* () {
      const texts = ["Yes. No.", "Yes.  Well. No", "Yes. 😀 A", "Yes. 😁 B"]
      const given = texts.flatMap((a, i) => texts.slice(i + 1).map((b, j) => pairOf(a, b, `${i} ${j}`)))
      for (const options of [{}, { at: splitSentences }]) {
        const { rejects, rows } = yield* run(options, ...given)
        assert.deepStrictEqual([rows.length, rejects.length], [given.length, 0])
        for (const [i, { chosen, prompt, rejected, sharedPrefix }] of rows.entries()) {
          const moved = prompt.slice("Why?\n\n".length)
          assert.strictEqual(moved.length, sharedPrefix)
          assert.deepStrictEqual([moved + chosen, moved + rejected], [given[i]!.chosen, given[i]!.rejected])
          // Whole characters: no half of a surrogate pair on either side of the cut.
          assert.isTrue(moved.isWellFormed() && chosen.isWellFormed() && rejected.isWellFormed())
        }
      }
    })
  )

  it.effect("suffixes with the next piece alone makes pairs of steps behind the same steps", () =>
    Effect.gen(function* () {
      const { rows } = yield* run({ at: splitSteps, keep: "next" }, steps)
      assert.deepStrictEqual(
        rows.map(({ chosen, rejected }) => [chosen.trim(), rejected.trim()]),
        [["Then that.", "Then those."]]
      )
      const first = pairOf("Go.\n\nOn.", "Stop.\n\nOn.")
      const { rows: unshared } = yield* run({ at: splitSteps, keep: "next", unshared: "keep" }, first)
      assert.deepStrictEqual(
        unshared.map(({ chosen, prompt, rejected, sharedPrefix }) => [
          prompt,
          chosen.trim(),
          rejected.trim(),
          sharedPrefix
        ]),
        [["Why?", "Go.", "Stop.", 0]]
      )
    })
  )

  it.effect("suffixes rejects pairs that share all or nothing, unless what shares nothing is kept", () =>
    Effect.gen(function* () {
      const given = [
        pairOf("same", "same", "equal"),
        pairOf("A stop.", "A stop. And more.", "longer"),
        pairOf("A stop.", "A stop. \n", "blank"),
        pairOf("yes", "no", "apart"),
        pairOf("Yesterday", "Yes", "inside")
      ]
      const reasons = (rejects: ReadonlyArray<{ readonly id: string; readonly reason: string }>) =>
        rejects.map(({ id, reason }) => `${id}: ${reason}`)
      const { rejects, rows } = yield* run({ at: splitSentences }, ...given)
      assert.deepStrictEqual(reasons(rejects), [
        "equal: shares all",
        "longer: shares all",
        "blank: shares all",
        "apart: shares nothing",
        "inside: shares nothing"
      ])
      assert.strictEqual(rows.length, 0)
      const { rejects: fewer, rows: kept } = yield* run({ unshared: "keep" }, ...given)
      assert.deepStrictEqual(reasons(fewer).slice(3), ["inside: shares all"])
      assert.deepStrictEqual(kept, [{ ...given[3]!, sharedPrefix: 0, sharedPieces: null }])
    })
  )

  it.effect("suffixes refuses to keep the next piece of no pieces, and splitters that leave the text", () =>
    Effect.gen(function* () {
      assert.throws(() => suffixes({ keep: "next" }), /keep "next" without at/)
      const outside = (text: string) => [{ start: 0, end: text.length + 1, kind: "x" }]
      const exit = yield* Effect.exit(run({ at: outside }, steps))
      assert.match(String(exit), /Cannot cut suffixes by outside/)
    })
  )
})

const { rejected: _rejected, ...oneSide } = fields

/** Checked by the compiler alone. */
export const ordersThatDoNotFit = () => [
  // @ts-expect-error an example has one side
  pipelineOf([steps], oneSide).pipe(suffixes())
]
