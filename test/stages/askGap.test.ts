import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { Rejection } from "../../src/Rejects.ts"
import type { Request } from "../../src/services/Provider.ts"
import { askGap, type GapQuestion } from "../../src/stages/askGap.ts"
import { services } from "./collect.ts"
import { sideOf } from "./pairsOfPairs.ts"

const annotator = { name: "judge", instruction: null, model: null, share: 1 }
const question: GapQuestion = { id: "q", first: sideOf("a"), second: sideOf("b"), annotator, seed: 0 }

const run = (inOrder: string, turned: string, more: Partial<GapQuestion> = {}) => {
  const asked: Array<string> = []
  const limits: Array<number | undefined> = []
  const provider = scripted(({ maxTokens, messages }: Request) => {
    const { content } = messages.at(-1)!
    asked.push(content)
    limits.push(maxTokens)
    const verdict = content.indexOf("question a") < content.indexOf("question b") ? inOrder : turned
    return JSON.stringify({ verdict })
  })
  return askGap({ ...question, ...more }).pipe(
    Effect.map((said) => ({ asked, limits, said: said instanceof Rejection ? said.reason : said })),
    Effect.provide(services({ provider }))
  )
}

describe("askGap", () => {
  it.effect("askGap says what both orders agree on, and nothing where they do not", () =>
    Effect.gen(function* () {
      const cases = [
        ["first", "second", "first"],
        ["second", "first", "second"],
        ["tie", "tie", "tie"],
        ["first", "first", "orders disagree"],
        ["second", "second", "orders disagree"],
        ["tie", "first", "orders disagree"],
        ["second", "tie", "orders disagree"]
      ] as const
      for (const [inOrder, turned, expected] of cases) {
        const { asked, said } = yield* run(inOrder, turned)
        assert.deepStrictEqual([said, asked.length], [expected, 2], `${inOrder} and ${turned}`)
      }
    })
  )

  it.effect("askGap shows the rubric and the evidence, and asks nothing outside the share", () =>
    Effect.gen(function* () {
      const told = yield* run("first", "second", { rubric: "which is kinder", evidence: "a fact" })
      for (const text of told.asked) {
        assert.include(text, "Decide which is kinder. Their order says nothing.")
        assert.include(text, "<evidence>\na fact\n</evidence>")
      }
      const plain = yield* run("first", "second")
      assert.isTrue(plain.asked.every((text) => !text.includes("evidence")))
      const outside = yield* run("first", "second", { annotator: { ...annotator, share: 0 } })
      assert.deepStrictEqual([outside.said, outside.asked], ["not judged", []])
    })
  )

  it.effect("askGap allows 64 tokens, or as many as it is told", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* run("first", "second")).limits, [64, 64])
      assert.deepStrictEqual((yield* run("first", "second", { maxTokens: 2000 })).limits, [2000, 2000])
    })
  )
})
