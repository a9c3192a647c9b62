import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { explainMisses } from "../src/explainMisses.ts"
import { openJournalFile } from "../src/JournalFile.ts"
import { chatRequest, type FixtureCall, writeJournal } from "./journalFixture.ts"

const explain = Effect.fnUntraced(function* (
  content: Parameters<typeof writeJournal>[1],
  session: number | null = null
) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-explain-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  const journal = yield* openJournalFile(writeJournal(folder, content), "read")
  return yield* explainMisses(journal, session)
}, Effect.scoped)

const prompts = Array.from({ length: 20 }, (_, i) => `Prompt ${i}: what is ${i} squared?`)

type Parts = Parameters<typeof chatRequest>[0]

/** Every prompt asked twice, in a session. */
const asked = (session: number | null, parts: Parts = {}, users = prompts): ReadonlyArray<FixtureCall> =>
  users.flatMap((user) =>
    [0, 1].map((sampleIndex) => ({ session, request: chatRequest({ sampleIndex, user, ...parts }) }))
  )

const twoSessions = (parts: Parts) => ({ sessions: [{}, {}], calls: [...asked(1), ...asked(2, parts)] })

describe("explainMisses", () => {
  it.effect.each<readonly [string, Parts]>([
    ["system prompt", { system: "Be verbose." }],
    ["system prompt", { system: null }],
    ["model", { model: "n" }],
    ["endpoint", { endpoint: "https://b.example/v1" }],
    ["provider", { provider: "scripted" }],
    ["temperature", { fields: { temperature: 1 } }],
    ["temperature", { fields: { temperature: undefined } }],
    ["seed", { fields: { seed: 4 } }],
    ["max tokens", { fields: { max_completion_tokens: 64 } }],
    ["answer schema", { fields: { response_format: { type: "json_schema" } } }],
    ["top_p", { fields: { top_p: 0.5 } }]
  ])("explainMisses names the field that changed: %s %o", ([field, parts]) =>
    Effect.gen(function* () {
      const report = yield* explain(twoSessions(parts))
      assert.deepInclude(report, { asked: 40, examined: 40, earlier: 40 })
      assert.deepStrictEqual(
        report.reasons.map(({ kind, fields, calls }) => ({ kind, fields, calls })),
        [{ kind: "field", fields: [field], calls: 40 }]
      )
    })
  )

  it.effect("explainMisses shows the earlier text beside the present one", () =>
    Effect.gen(function* () {
      const { reasons } = yield* explain(twoSessions({ system: "Be verbose." }))
      const { changes, key, earlierKey } = reasons[0]!.example!
      assert.deepStrictEqual(changes, [{ field: "system prompt", before: "Be brief.", after: "Be verbose." }])
      assert.notStrictEqual(key, earlierKey)
    })
  )

  it.effect("explainMisses tells further samples, new prompts, several fields and new calls apart", () =>
    Effect.gen(function* () {
      const { reasons } = yield* explain({
        sessions: [{}, {}],
        calls: [
          ...asked(1),
          ...prompts.map((user) => ({ session: 2, request: chatRequest({ user, sampleIndex: 2 }) })),
          ...asked(2, {}, ["Who are you?", "Where am I?"]),
          ...asked(2, { system: "Be kind.", fields: { temperature: 0 } }, prompts.slice(0, 3)),
          { session: 2, request: chatRequest({ user: "Something else entirely", system: "Unheard of" }) }
        ]
      })
      assert.deepStrictEqual(
        reasons.map(({ kind, fields, calls }) => [kind, fields.join(), calls]),
        [
          ["field", "sample index", 20],
          ["several", "system prompt,temperature", 6],
          ["newPrompt", "user message", 4],
          ["unlike", "", 1]
        ]
      )
      assert.isNull(reasons[3]!.example)
    })
  )

  it.effect("explainMisses compares with earlier sessions alone, and with calls of version 1", () =>
    Effect.gen(function* () {
      const calls = [...asked(null), ...asked(2, { system: "Be kind." }), ...asked(3, { model: "n" })]
      const sessions = [{}, {}, {}]
      const fields = (report: Effect.Success<ReturnType<typeof explain>>) => report.reasons.map((r) => r.fields.join())
      assert.deepStrictEqual(fields(yield* explain({ sessions, calls })), ["model"])
      const second = yield* explain({ sessions, calls }, 2)
      assert.deepStrictEqual([second.earlier, ...fields(second)], [40, "system prompt"])
      const nearerLater = [
        ...asked(1),
        ...asked(2, { model: "n", system: "Be kind." }),
        ...asked(3, { model: "n", system: "Be mild." })
      ]
      assert.deepStrictEqual(fields(yield* explain({ sessions, calls: nearerLater }, 2)), ["model,system prompt"])
      const first = yield* explain({ sessions, calls }, 1)
      assert.deepInclude(first, { asked: 0, reasons: [] })
    })
  )

  it.effect("explainMisses blames --fresh, or an empty journal, where that is the reason", () =>
    Effect.gen(function* () {
      const fresh = yield* explain({
        sessions: [{}, { fresh: true }],
        calls: [...asked(1), ...asked(2, { model: "n" })]
      })
      assert.deepStrictEqual(fresh.reasons, [{ kind: "fresh", fields: [], calls: 40, example: null }])
      const first = yield* explain({ sessions: [{}], calls: asked(1) })
      assert.deepStrictEqual(first.reasons, [{ kind: "first", fields: [], calls: 40, example: null }])
    })
  )

  it.effect(
    "explainMisses explains no session whose calls, or earlier ones, a later --fresh may have asked again",
    () =>
      Effect.gen(function* () {
        // Session 4 asked again what sessions 1 and 3 had asked, so that session 2 seems to be the first.
        const content = {
          sessions: [{}, {}, {}, { fresh: true }, {}],
          calls: [...asked(2, { fields: { temperature: 1 } }), ...asked(4), ...asked(5, { model: "n" })]
        }
        for (const session of [1, 2, 3]) {
          const { message } = yield* Effect.flip(explain(content, session))
          assert.match(
            message,
            /the last session alone .* session 4 asked calls again with --fresh, expected what was there before session/
          )
          assert.match(message, /name a session from 4 on with --session$/)
        }
        assert.deepInclude((yield* explain(content, 4)).reasons[0]!, { kind: "fresh", calls: 40 })
        assert.deepInclude((yield* explain(content)).reasons[0]!, { kind: "field", fields: ["model"] })
      })
  )

  it.effect("explainMisses says what was retried, and still knows the session that asked it first", () =>
    Effect.gen(function* () {
      const [failed, ...good] = asked(1, {}, prompts.slice(0, 5))
      const content = {
        sessions: [{}, {}, {}],
        calls: [
          { ...failed!, session: 3, firstSession: 1 },
          ...good,
          ...asked(2, { model: "n" }, prompts.slice(0, 2)),
          ...asked(3, { fields: { temperature: 1 } }, prompts.slice(0, 1))
        ]
      }
      const last = yield* explain(content)
      assert.deepInclude(last, { asked: 3, examined: 3, earlier: 14 })
      assert.deepStrictEqual(
        last.reasons.map(({ kind, fields, calls }) => [kind, fields.join(), calls]),
        [
          ["field", "temperature", 2],
          ["retried", "", 1]
        ]
      )
      assert.deepInclude(yield* explain(content, 1), {
        asked: 10,
        reasons: [{ kind: "first", fields: [], calls: 10, example: null }]
      })
      assert.deepInclude(yield* explain(content, 2), { asked: 4, earlier: 10 })
      const fresh = {
        ...content,
        sessions: [{}, { fresh: true }, {}],
        calls: [{ ...failed!, session: 3, firstSession: 2 }]
      }
      assert.match((yield* Effect.flip(explain(fresh, 1))).message, /session 2 asked calls again with --fresh/)
    })
  )

  it.effect("explainMisses explains sessions before a --fresh that asked nothing", () =>
    Effect.gen(function* () {
      const content = { ...twoSessions({ model: "n" }), sessions: [{}, {}, { fresh: true }] }
      assert.deepInclude((yield* explain(content, 2)).reasons[0]!, { kind: "field", fields: ["model"] })
    })
  )

  it.effect("explainMisses looks at a sample of many calls, in the shares that all have", () =>
    Effect.gen(function* () {
      const users = Array.from({ length: 1500 }, (_, i) => `Question ${i}`)
      const calls = [
        ...asked(1, {}, users),
        ...asked(2, { model: "n" }, users),
        ...asked(2, { system: "Be kind." }, users.slice(0, 500))
      ]
      const report = yield* explain({ sessions: [{}, {}], calls })
      assert.deepInclude(report, { asked: 4000, examined: 2000, earlier: 3000 })
      const [model, system] = report.reasons
      assert.deepStrictEqual([model!.fields, system!.fields], [["model"], ["system prompt"]])
      assert.strictEqual(model!.calls + system!.calls, 2000)
      // Three quarters, give or take six standard errors.
      assert.approximately(model!.calls / 2000, 0.75, 6 * Math.sqrt((0.75 * 0.25) / 2000))
    })
  )

  it.effect("explainMisses reads requests of the simulated model, whose messages are a hash", () =>
    Effect.gen(function* () {
      const call = (session: number, prompt: string, settings: number, messages: string) => ({
        session,
        request: {
          provider: "simulated",
          model: "simulated",
          sampleIndex: 0,
          request: { messages, settings: [settings], task: { kind: "generate", persona: null, prompt } }
        }
      })
      const { reasons } = yield* explain({
        sessions: [{}, {}],
        calls: [call(1, "Why?", 1, "h1"), call(2, "Why?", 2, "h1"), call(2, "Why?", 1, "h2"), call(2, "When?", 1, "h3")]
      })
      assert.sameDeepMembers(
        reasons.map(({ kind, fields }) => [kind, ...fields]),
        [
          ["field", "settings"],
          ["field", "messages"],
          ["newPrompt", "user message"]
        ]
      )
    })
  )

  it.effect("explainMisses passes over imports, which asked nothing, and compares with what they brought", () =>
    Effect.gen(function* () {
      const calls = [...asked(1), ...asked(2, { model: "n" }), ...asked(3, { fields: { temperature: 1 } })]
      const sessions = [{ run: "import" }, {}, { run: "import" }]
      const report = yield* explain({ sessions, calls })
      assert.deepInclude(report, { asked: 40, earlier: 40 })
      assert.deepStrictEqual([report.session.id, report.reasons.map(({ fields }) => fields)], [2, [["model"]]])
      assert.match((yield* Effect.flip(explain({ sessions, calls }, 3))).message, /session 2 alone, expected session 3/)
      const none = yield* Effect.flip(explain({ sessions: [{ run: "import" }], calls: asked(1) }))
      assert.match(none.message, /no session, expected a session whose calls can be explained/)
    })
  )

  it.effect("explainMisses says which sessions there are when the wanted one is missing", () =>
    Effect.gen(function* () {
      const none = yield* Effect.flip(explain({ sessions: [{}, {}] }, 9))
      assert.match(none.message, /sessions 1 to 2, but for imports, expected session 9; name one of those/)
      const old = yield* Effect.flip(explain({ version: 1, calls: [{}] }))
      assert.match(old.message, /version 1, which records no sessions.*run the pipeline into this folder once/)
    })
  )
})
