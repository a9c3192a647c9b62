import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { ask } from "../../src/stages/ask.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf, temporaryFolder } from "./collect.ts"
import { promptFields, somePrompts } from "./groups.ts"

const provider = scripted(({ messages }) => `  about ${messages[0]!.content} `)

stageContract("ask", {
  fields: promptFields,
  rows: somePrompts(6),
  stage: ask({
    as: "summary",
    slots: { id: Schema.String, prompt: Schema.String },
    request: ({ id, prompt }) => (id.endsWith("1") ? null : prompt)
  }),
  provider
})

const fields = { id: Schema.String, said: Schema.String }
const rows = ["all", "nothing", "blank", "cut", "declined"].map((said) => ({ id: said, said }))

describe("ask", () => {
  it.effect("ask keeps whole answers without outer white space, and notes what is none", () =>
    Effect.gen(function* () {
      const completion = { model: "m", usage: null, planted: null } as const
      const asked: Array<string> = []
      const answering = scripted(({ messages, model, temperature, maxTokens }) => {
        const { content } = messages[0]!
        asked.push(content)
        assert.deepStrictEqual([model, temperature, maxTokens], ["writer", 0.5, 7])
        if (content === "blank") return " \n"
        if (content === "cut") return { ...completion, text: "half a", finishReason: "length" }
        if (content === "declined") return { ...completion, text: "I cannot", finishReason: "refusal" }
        return ` about ${content}\n`
      })
      const summary = ask({
        as: "summary",
        slots: { said: Schema.String },
        request: ({ said }) => (said === "nothing" ? null : said),
        model: "writer",
        temperature: 0.5,
        maxTokens: 7
      })
      const made = yield* collect(pipelineOf(rows, fields).pipe(summary), { provider: answering })
      assert.deepStrictEqual(
        made.rows.map((row) => [row.id, row.summary]),
        [
          ["all", "about all"],
          ["nothing", null],
          ["blank", null],
          ["cut", null],
          ["declined", null]
        ]
      )
      assert.deepStrictEqual(
        made.rejects.map(({ detail, id, reason }) => [id, reason, detail]),
        [
          ["blank", "summary: no whole answer", "stop: "],
          ["cut", "summary: no whole answer", "length: half a"],
          ["declined", "summary: no whole answer", "refusal: I cannot"]
        ]
      )
      assert.notInclude(asked, "nothing")
    })
  )

  it.effect("ask asks again for what was no whole answer when failures are retried, and for nothing else", () =>
    Effect.gen(function* () {
      const journal = path.join(yield* temporaryFolder, "journal.sqlite")
      const asked: Array<string> = []
      let isWell = false
      const answering = scripted(({ messages }) => {
        const { content } = messages[0]!
        asked.push(content)
        return content === "blank" && !isWell ? "" : `about ${content}`
      })
      const stage = ask({ as: "summary", slots: { said: Schema.String }, request: ({ said }) => said })
      const run = (retryFailures: boolean) =>
        collect(pipelineOf(rows.slice(0, 3), fields).pipe(stage), { provider: answering, journal, retryFailures })
      yield* run(false)
      isWell = true
      const again = yield* run(false)
      assert.strictEqual(again.rows[2]!.summary, null)
      asked.length = 0
      const retried = yield* run(true)
      assert.deepStrictEqual(asked, ["blank"])
      assert.strictEqual(retried.rows[2]!.summary, "about blank")
    })
  )

  it("ask names the column that a request reads and nobody gave", () => {
    const stage = ask({ as: "summary", slots: { persona: Schema.String }, request: ({ persona }) => persona })
    assert.throws(
      // @ts-expect-error the persona is missing
      () => pipelineOf(rows, fields).pipe(stage),
      'column "persona" is missing'
    )
  })
})
