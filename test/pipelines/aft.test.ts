import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { aft } from "../../pipelines/aft.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

/** Six chains for each question, by its place in data/aft.jsonl. */
const chains: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "180 by 2.5 is\n72",
    "72 is too much.\n70",
    "Twice 36 makes\n72.0",
    "180 by 2.5 is\n72",
    "No idea.",
    "180 times 2.5 is\n450"
  ],
  Array.from({ length: 6 }, (_, i) => `${i} ways to see it\n391`),
  Array.from({ length: 6 }, (_, i) => `I take ${i}\n${i}`),
  ["4 + 4 + 4 is\n12", ...Array.from({ length: 5 }, () => "I guess\n8")],
  Array.from({ length: 6 }, () => "Words alone."),
  ["Eight, sixteen, twenty-four:\n24", "8 times 12 is\n96", "", "2 is common\n48", "24 is it\n24", "96 by 4\n24"]
]

const starts = ["A train", "What is 17", "A shirt", "How many edges", "The sum", "What is the least"]
const provider = scripted(({ messages, sampleIndex }) => {
  const { content } = messages[0]!
  return chains[starts.findIndex((start) => content.startsWith(start))]![sampleIndex]!
})

describe("aft", () => {
  it.effect("aft keeps all chains of a question together, split by whether they end in the answer", () =>
    Effect.gen(function* () {
      const { rejects, requests, rows } = yield* runRecipe(aft, provider)
      assert.deepStrictEqual(
        rows.map(({ id, responses }) => {
          const ranked = (wanted: number) =>
            responses
              .filter(({ rank }) => rank === wanted)
              .map(({ text }) => text)
              .toSorted()
          return { id, positive: ranked(1), negative: ranked(2) }
        }),
        [
          {
            id: "question-1",
            positive: ["180 by 2.5 is\n72", "Twice 36 makes\n72.0"],
            negative: ["180 times 2.5 is\n450", "72 is too much.\n70"]
          },
          { id: "question-4", positive: ["4 + 4 + 4 is\n12"], negative: ["I guess\n8"] },
          {
            id: "question-6",
            positive: ["24 is it\n24", "96 by 4\n24", "Eight, sixteen, twenty-four:\n24"],
            negative: ["2 is common\n48", "8 times 12 is\n96"]
          }
        ]
      )
      const oneSided = rejects.filter(({ reason }) => reason === "tie")
      assert.deepStrictEqual(
        oneSided.map(({ detail, id }) => `${id}: ${detail}`),
        ["question-2: All 6 scores are 1", "question-3: All 6 scores are 0"]
      )
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "no candidate left").map(({ id }) => id),
        ["question-5"]
      )
      assert.strictEqual(requests.length, 6 * chains.length)
    })
  )
})
