import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { seaPo } from "../../pipelines/seaPo.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { seaPoErrorTypes } from "../../src/stages/ErrorType.ts"
import { runRecipe } from "./runRecipe.ts"

interface Source {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}
const sources = fs
  .readFileSync("data/seaPo.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Source)

/** Puts the type of the error into the text; fails on purpose at two of the rows. */
const corrupted = (original: string, errorType: string): string => {
  if (original === sources[1]!.chosen) return original
  if (original === sources[4]!.chosen) return "I'm sorry, but I can't help with that."
  return original.replace(/\w+\.$/, `${errorType}.`)
}
const provider = scripted(({ task }) =>
  task.kind === "inject" ? corrupted(task.original, task.errorType) : `unexpected ${task.kind}`
)

describe("seaPo", () => {
  it.effect("seaPo labels each chosen text as wanted and its corruption by one drawn type as unwanted", () =>
    Effect.gen(function* () {
      const { rejects, requests, rows } = yield* runRecipe(seaPo, provider)
      const ids = new Map(rows.map(({ prompt }) => [prompt, rows.filter((row) => row.prompt === prompt)]))
      assert.strictEqual(rows.length, 2 * (sources.length - 2))
      const drawn: Array<string> = []
      for (const [i, { chosen, prompt }] of sources.entries()) {
        const own = ids.get(prompt) ?? []
        if (i === 1 || i === 4) {
          assert.deepStrictEqual(own, [], "a failed corruption takes its wanted text along")
          continue
        }
        const unwanted = own.find(({ label }) => !label)!
        drawn.push(unwanted.errorType!)
        assert.deepStrictEqual(
          own
            .map(({ completion, errorType, label }) => ({ completion, errorType, label }))
            .toSorted((a) => (a.label ? -1 : 1)),
          [
            { completion: chosen, errorType: null, label: true },
            { completion: corrupted(chosen, unwanted.errorType!), errorType: unwanted.errorType, label: false }
          ]
        )
      }
      assert.sameMembers(
        [...new Set(drawn)],
        seaPoErrorTypes.map(({ id }) => id)
      )
      assert.sameMembers(
        rejects.filter(({ stage }) => stage === "inject").map(({ id, reason }) => `${id} ${reason.split(": ")[1]}`),
        ["source-02 unchanged", "source-05 refusal"]
      )

      assert.strictEqual(requests.length, sources.length)
      for (const { maxTokens, messages, task, temperature } of requests) {
        assert.deepStrictEqual([messages.length, messages[0]!.role, temperature, maxTokens], [1, "user", 0, 1024])
        const source = sources.find(({ prompt }) => prompt === task.prompt)!
        const asked = messages[0]!.content
        assert.include(asked, source.chosen)
        assert.notInclude(asked, source.rejected)
        const types = seaPoErrorTypes.filter(({ definition }) => asked.includes(definition))
        assert.deepStrictEqual(
          types.map(({ id }) => id),
          [task.kind === "inject" ? task.errorType : ""]
        )
      }
    })
  )

  it.effect("seaPo draws the type by the run's seed", () =>
    Effect.gen(function* () {
      const typesOf = (seed: number) =>
        Effect.map(runRecipe(seaPo, provider, { seed }), ({ rows }) => rows.map(({ errorType }) => errorType))
      const first = yield* typesOf(0)
      assert.deepStrictEqual(yield* typesOf(0), first)
      assert.notDeepEqual(yield* typesOf(1), first)
    })
  )
})
