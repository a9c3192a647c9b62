import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as path from "node:path"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { Journal, type JournalError } from "../../src/Journal.ts"
import { Run } from "../../src/Run.ts"
import { askStructured } from "../../src/services/askStructured.ts"
import { LanguageModel } from "../../src/services/LanguageModel.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { temporaryFolder } from "../stages/collect.ts"

const ask = askStructured({
  name: "rating",
  schema: Schema.Struct({ score: Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 10 })) })
})

const question: Omit<Request, "answer"> = {
  task: { kind: "rate", prompt: "p", text: "t", annotator: "a", axis: "overall", scale: [1, 10] },
  messages: [
    { role: "system", content: "You are strict." },
    { role: "user", content: "Rate it." }
  ],
  model: "judge-model",
  sampleIndex: 2,
  temperature: 0,
  maxTokens: 64,
  seed: 5
}

type Said = string | Completion | LanguageModelError

const ended = (text: string, finishReason: Completion["finishReason"]): Completion => ({
  text,
  finishReason,
  model: "m",
  usage: null,
  planted: null
})

const failing = (reason: LanguageModelError["reason"]) =>
  new LanguageModelError({ reason, provider: "p", model: "m", found: "f", remedy: "r" })

/** Asks a model that says these things, one after the other; returns also what it was asked. */
const hear = Effect.fnUntraced(function* (
  said: ReadonlyArray<Said>,
  asking = question,
  journal: Layer.Layer<Journal, JournalError> = Journal.layer(":memory:")
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    const next = said[asked.length]
    asked.push(request)
    if (next === undefined) throw new Error(`Cannot run the test: found call ${asked.length}, expected ${said.length}`)
    return next instanceof LanguageModelError ? Effect.fail(next) : next
  })
  const services = LanguageModel.layer(provider).pipe(
    Layer.provide(journal),
    Layer.provide(Run.layerTemporary({ seed: 0 }))
  )
  const outcome = yield* Effect.provide(ask(asking), services)
  return { asked, outcome }
})

describe("askStructured", () => {
  it.effect("askStructured sends the schema and takes a good answer with one call", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* hear(['{"score": 7}'])
      assert.deepStrictEqual(outcome, {
        ok: true,
        value: { score: 7 },
        completion: { ...ended('{"score": 7}', "stop"), model: "judge-model" },
        repaired: false
      })
      assert.deepStrictEqual(asked, [
        {
          ...question,
          answer: {
            name: "rating",
            schema: {
              type: "object",
              properties: { score: { type: "number", minimum: 1, maximum: 10 } },
              required: ["score"],
              additionalProperties: false
            }
          }
        }
      ])
    })
  )

  const malformed: Readonly<Record<string, string>> = {
    "I give it 7.": 'found "I give it 7.", expected JSON',
    '{"score": "high"}': 'at "score": found "high", expected number',
    '{"score": 11}': 'at "score": found 11, expected a value between 1 and 10',
    '{"score": 1': String.raw`the text ends inside the JSON: "{\"score\": 1"`,
    '{"score": 1} or {"score": 10}': String.raw`found 2 answers that differ in "{\"score\": 1} or {\"score\": 10}", expected one`
  }
  for (const [text, problem] of Object.entries(malformed)) {
    it.effect(`askStructured follows up ${text} with the problem and the text, and takes the second answer`, () =>
      Effect.gen(function* () {
        const { asked, outcome } = yield* hear([text, '{"score": 7}'])
        assert.isTrue(outcome.ok && outcome.repaired && outcome.value.score === 7)
        const [first, second] = asked as [Request, Request]
        const { content } = second.messages.at(-1)!
        assert.deepStrictEqual(second, {
          ...first,
          messages: [...question.messages, { role: "assistant", content: text }, { role: "user", content }]
        })
        assert.include(content, problem)
        assert.include(content, "JSON alone")
      })
    )

    it.effect(`askStructured gives up on ${text} after the second time`, () =>
      Effect.gen(function* () {
        const { asked, outcome } = yield* hear(["Well.", text])
        assert.strictEqual(asked.length, 2)
        assert.deepStrictEqual(outcome, {
          ok: false,
          reason: "malformed answer",
          problem,
          completion: { ...ended(text, "stop"), model: "judge-model" }
        })
      })
    )
  }

  it.effect("askStructured never reads an answer that was cut off, and allows the follow-up twice the tokens", () =>
    Effect.gen(function* () {
      const cut = ended('{"score": 7}', "length")
      const { asked, outcome } = yield* hear([cut, '{"score": 8}'])
      assert.isTrue(outcome.ok && outcome.value.score === 8)
      assert.deepStrictEqual(
        asked.map(({ maxTokens }) => maxTokens),
        [64, 128]
      )
      assert.include(asked[1]!.messages.at(-1)!.content, "cut off at the limit of 64 tokens")
      const again = yield* hear([cut, cut])
      assert.deepStrictEqual(again.outcome, {
        ok: false,
        reason: "cut off",
        problem: "cut off at the limit of 128 tokens",
        completion: cut
      })
      const { maxTokens: _, ...unlimited } = question
      const server = yield* hear([cut, '{"score": 8}'], unlimited)
      assert.notProperty(server.asked[1], "maxTokens")
      assert.include(server.asked[1]!.messages.at(-1)!.content, "cut off at the server's limit")
    })
  )

  it.effect("askStructured follows up no refusal and no stop by a filter, whatever their text", () =>
    Effect.gen(function* () {
      for (const [finishReason, reason] of [
        ["refusal", "refused"],
        ["contentFilter", "content filter"]
      ] as const) {
        const answer = ended('{"score": 7}', finishReason)
        for (const said of [[answer], ["Well.", answer]]) {
          const { asked, outcome } = yield* hear(said)
          assert.isTrue(!outcome.ok && outcome.reason === reason && outcome.completion.finishReason === finishReason)
          assert.strictEqual(asked.length, said.length)
        }
      }
    })
  )

  it.effect("askStructured lets the first outcome stand where the follow-up cannot be asked", () =>
    Effect.gen(function* () {
      for (const reason of ["contextTooLong", "contentFilter"] as const) {
        const { outcome } = yield* hear(["Well.", failing(reason)])
        assert.isTrue(!outcome.ok && outcome.reason === "malformed answer" && outcome.completion.text === "Well.")
        assert.isTrue(
          !outcome.ok && outcome.problem === `found "Well.", expected JSON; the follow-up failed: ${reason}`
        )
      }
      for (const said of [["Well.", failing("authentication")], [failing("contextTooLong")]]) {
        const error = yield* Effect.flip(hear(said))
        assert.isTrue(
          error instanceof LanguageModelError && error.reason === (said.at(-1) as LanguageModelError).reason
        )
      }
    })
  )

  it.effect("askStructured repeats start and end of a long answer, and names an empty one", () =>
    Effect.gen(function* () {
      const long = yield* hear([`start ${"😀".repeat(50_000)} end`, '{"score": 7}'])
      const { content, role } = long.asked[1]!.messages.at(-2)!
      assert.strictEqual(role, "assistant")
      assert.match(content, /^start 😀[^]*😀 end$/u)
      assert.isAtMost(content.length, 2100)
      assert.isTrue(content.isWellFormed())
      assert.isAtMost(long.asked[1]!.messages.at(-1)!.content.length, 400)
      const empty = yield* hear([" \n", '{"score": 7}'])
      assert.strictEqual(empty.asked[1]!.messages.at(-2)!.content, "(no text)")
    })
  )

  it.effect("askStructured makes no call for what the journal holds, good, repaired or given up", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const said of [['{"score": 7}'], ["Well.", '{"score": 7}'], ["Well.", "No."]]) {
        const file = path.join(folder, `${said.join("").length}.sqlite`)
        const { outcome } = yield* hear(said, question, Journal.layer(file))
        const replayed = yield* hear([], question, Journal.layer(file))
        assert.deepStrictEqual(replayed, { asked: [], outcome })
      }
    })
  )

  it.effect("askStructured marks the last answer it gave up on in the journal, and no other", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const refusal = ended("No.", "refusal")
      for (const [i, said] of [["Well.", "No."], [refusal], ["Well.", failing("contextTooLong")]].entries()) {
        const file = path.join(folder, `${i}.sqlite`)
        const { asked } = yield* hear(said, question, Journal.layer(file))
        const retried = yield* hear(['{"score": 7}'], question, Journal.layer(file, { retryFailures: true }))
        assert.isTrue(retried.outcome.ok)
        assert.deepStrictEqual(retried.asked, [i === 0 ? asked[1] : asked[0]])
      }
      const file = path.join(folder, "repaired.sqlite")
      yield* hear(["Well.", '{"score": 7}'], question, Journal.layer(file))
      const kept = yield* hear([], question, Journal.layer(file, { retryFailures: true }))
      assert.isTrue(kept.outcome.ok && kept.outcome.repaired)
    })
  )
})
