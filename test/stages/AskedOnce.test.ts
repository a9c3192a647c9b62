import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { reject } from "../../src/Rejects.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import { askStructured } from "../../src/services/askStructured.ts"
import type { Request } from "../../src/services/Provider.ts"
import * as AskedOnce from "../../src/stages/AskedOnce.ts"
import { services } from "./collect.ts"

const ask = askStructured({ name: "n", schema: Schema.Struct({ n: Schema.Finite }) })

const given = (text: string | null) => ({
  row: { id: "r" },
  seed: 5,
  task: { kind: "tag", prompt: "p", vocabulary: null } as const,
  text,
  ask,
  columns: (answer: { readonly n: number } | null) => ({ column: answer === null ? null : answer.n }),
  what: "column"
})

const run = (
  asked: AskedOnce.AskedOnce,
  text: string | null,
  answer: Parameters<typeof scripted>[0] = () => '{"n": 7}'
) => Effect.provide(AskedOnce.columnsFor(asked, given(text)), services({ provider: scripted(answer) }))

const judge = { name: "j", instruction: "Be fair.", model: "m" }

describe("AskedOnce", () => {
  it.effect("AskedOnce.columnsFor asks the annotator once, at temperature 0, with the run's seed", () =>
    Effect.gen(function* () {
      const requests: Array<Request> = []
      const { given: columns, notes } = yield* run(
        AskedOnce.make("s", { annotator: judge }, 99),
        "Well?",
        (request) => {
          requests.push(request)
          return '{"n": 7}'
        }
      )
      assert.deepStrictEqual([columns, notes], [{ column: 7 }, []])
      const [{ maxTokens, messages, model, seed, temperature }] = requests as [Request]
      assert.deepStrictEqual([maxTokens, model, seed, temperature], [99, "m", 5, 0])
      assert.deepStrictEqual(messages, [
        { role: "system", content: "Be fair." },
        { role: "user", content: "Well?" }
      ])
    })
  )

  it.effect("AskedOnce.columnsFor asks nothing without text or outside the share", () =>
    Effect.gen(function* () {
      const never = () => assert.fail("asked")
      const nobody = AskedOnce.make("s", { annotator: { ...judge, share: 0 } }, 99)
      for (const [asked, text] of [
        [AskedOnce.make("s", { annotator: judge }, 99), null],
        [nobody, "Well?"]
      ] as const) {
        const { given: columns, notes } = yield* run(asked, text, never)
        assert.deepStrictEqual([columns, notes], [{ column: null }, []])
      }
    })
  )

  it.effect("AskedOnce.columnsFor notes a question that cannot be asked, and fails where none can", () =>
    Effect.gen(function* () {
      const failing = (reason: LanguageModelError["reason"]) => () =>
        Effect.fail(new LanguageModelError({ reason, provider: "p", model: "m", found: "f", remedy: "r" }))
      const asked = AskedOnce.make("s", { annotator: "j" }, 99)
      const { given: columns, notes } = yield* run(asked, "Well?", failing("contextTooLong"))
      assert.isNull(columns.column)
      assert.strictEqual(notes.length, 1)
      assert.strictEqual(notes[0]!.reason, reject("column: contextTooLong").reason)
      const error = yield* Effect.flip(run(asked, "Well?", failing("authentication")))
      assert.strictEqual(error instanceof LanguageModelError && error.reason, "authentication")
    })
  )

  it("AskedOnce.make refuses evidence and texts that are no slots", () => {
    assert.throws(() => AskedOnce.make("s", { annotator: "j", evidence: "fact" }, 9), /"s": found the evidence/)
    assert.throws(() => AskedOnce.make("s", { annotator: "j", of: "fact" }, 9), /found the evidence "fact"/)
    const { config } = AskedOnce.make("s", { annotator: "j", slots: { fact: Schema.String }, of: "fact" }, 9)
    assert.deepInclude(config, { of: "fact", slots: ["fact"], evidence: null })
  })
})
