import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ToolFindings } from "../../schemas/ToolFinding.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { generate } from "../../src/stages/generate.ts"
import { withContext } from "../../src/stages/withContext.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"

const search = (query: string) => Effect.succeed([`about ${query}`, "more"])
const broken = (query: string) => (query.length % 2 === 0 ? Effect.fail(new Error("no net")) : Effect.succeed("seen"))

stageContract("withContext", {
  fields: groupFields,
  rows: someGroups(6),
  stage: withContext({ tools: { search, broken }, ofCandidate: ({ text }) => text })
})

const [prompt] = somePrompts(1)

describe("withContext", () => {
  it.effect("withContext asks each tool about the prompt, and keeps what earlier ones found", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf([prompt!], promptFields).pipe(
        withContext({ tools: { length: (query) => Effect.succeed(`${query.length}`) } }),
        withContext({ tools: { search } })
      )
      const { rows } = yield* collect(pipeline)
      const query = prompt!.prompt
      assert.deepStrictEqual(rows[0]!.toolFindings, [
        { tool: "length", candidateId: null, query, text: `${query.length}` },
        { tool: "search", candidateId: null, query, text: `about ${query}` },
        { tool: "search", candidateId: null, query, text: "more" }
      ])
    })
  )

  it.effect("withContext asks with what candidates say, and notes a tool that fails", () =>
    Effect.gen(function* () {
      const candidates = [candidateOf({ id: "a", text: "odd" }), candidateOf({ id: "b", text: "even" })]
      const row = { ...prompt!, candidates: [...candidates, candidateOf({ id: "c" })], judgments: [] }
      const ofCandidate = ({ id, text }: { readonly id: string; readonly text: string }) => (id === "c" ? null : text)
      const { rejects, rows } = yield* collect(
        pipelineOf([row], groupFields).pipe(withContext({ tools: { broken }, ofCandidate }))
      )
      assert.deepStrictEqual(rows[0]!.toolFindings, [{ tool: "broken", candidateId: "a", query: "odd", text: "seen" }])
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail]),
        [["broken failed", "no net"]]
      )
      assert.throws(() => withContext({ tools: {} }), /Cannot attach context/)
    })
  )

  it.effect("withContext gives what a template of generate reads", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf([prompt!], promptFields).pipe(
        withContext({ tools: { search } }),
        generate({
          n: 1,
          slots: ToolFindings,
          template: (row) => `${row.prompt} (${row.toolFindings.map(({ text }) => text).join("; ")})`
        })
      )
      const { rows } = yield* collect(pipeline, { provider: scripted(({ messages }) => messages[0]!.content) })
      assert.strictEqual(rows[0]!.candidates[0]!.text, `${prompt!.prompt} (about ${prompt!.prompt}; more)`)
    })
  )
})
