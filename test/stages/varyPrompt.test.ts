import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { PromptVariants } from "../../schemas/PromptVariant.ts"
import { scripted } from "../../src/providers/scripted.ts"
import type { Request } from "../../src/services/Provider.ts"
import { spreadVariants } from "../../src/stages/spreadVariants.ts"
import { varyPrompt, type VaryPromptOptions } from "../../src/stages/varyPrompt.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"

const other = scripted(({ sampleIndex, task }) =>
  task.kind === "rewrite" && sampleIndex < 2 ? `${task.original} Version ${sampleIndex}?` : ""
)

stageContract("varyPrompt", {
  fields: promptFields,
  rows: somePrompts(5),
  stage: varyPrompt({ operation: "vary", n: 3 }),
  provider: other
})

const fields = { ...promptFields, ...PromptVariants }
const varied = (n: number) => [{ id: "v", prompt: `version ${n}`, operation: n % 2 === 0 ? "vary" : "harden" }]

stageContract("spreadVariants", {
  fields,
  rows: somePrompts(5).map((row, i) => ({ ...row, promptVariants: i === 2 ? [] : varied(i) })),
  stage: spreadVariants({ original: false })
})

const [prompt] = somePrompts(1)

const run = Effect.fnUntraced(function* (options: VaryPromptOptions, answer: (request: Request) => string) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const { rejects, rows } = yield* collect(pipelineOf([prompt!], promptFields).pipe(varyPrompt(options)), { provider })
  return { asked, variants: rows[0]!.promptVariants, reasons: rejects.map(({ reason }) => reason) }
})

describe("varyPrompt", () => {
  it.effect("varyPrompt keeps versions that differ, and notes those that do not or break off", () =>
    Effect.gen(function* () {
      const answers = [
        "Sure! Here is the revised text:\nOne?",
        "One?",
        ` ${prompt!.prompt}\n`,
        "",
        "I'm sorry, but I cannot help with that."
      ]
      const { reasons, variants } = yield* run(
        { operation: "simplify", n: 5 },
        ({ sampleIndex }) => answers[sampleIndex]!
      )
      assert.deepStrictEqual(
        variants.map(({ operation, prompt: text }) => [operation, text]),
        [["simplify", "One?"]]
      )
      assert.deepStrictEqual(reasons, [
        "simplify: unchanged",
        "simplify: unchanged",
        "simplify: no text",
        "simplify: refused"
      ])
    })
  )

  it.effect("varyPrompt asks with the user's own request, and holds versions against what they have to keep", () =>
    Effect.gen(function* () {
      const keeps = [(_before: string, after: string) => (after.includes("lamp") ? null : "no lamp")]
      const request = (text: string) => `Make it about a lamp: ${text}`
      const { asked, reasons, variants } = yield* run(
        { operation: "lamp", request, keeps, n: 2, model: "m" },
        ({ sampleIndex }) => (sampleIndex === 0 ? "Which lamp?" : "Which?")
      )
      assert.deepStrictEqual([asked[0]!.messages[0]!.content, asked[0]!.model], [request(prompt!.prompt), "m"])
      assert.deepStrictEqual([variants.length, reasons], [1, ["lamp: not kept"]])
      assert.throws(() => varyPrompt({ operation: "lamp" }), /found operation "lamp" without a request/)
      assert.throws(() => varyPrompt({ operation: "vary", n: 0 }), RangeError)
    })
  )
})

describe("spreadVariants", () => {
  it.effect("spreadVariants makes prompts that name their origin, with an answer only where it stays the same", () =>
    Effect.gen(function* () {
      const promptVariants = [
        { id: "v1", prompt: "same?", operation: "vary" },
        { id: "v2", prompt: "harder?", operation: "harden" }
      ]
      const group = { ...someGroups(1)[0]!, reference: "42", promptVariants }
      const { rows } = yield* collect(pipelineOf([group], { ...groupFields, ...PromptVariants }).pipe(spreadVariants()))
      const { domain, id } = group
      assert.deepStrictEqual(rows, [
        { id, domain, prompt: group.prompt, reference: "42", parentPromptId: null, promptOperation: null },
        { id: "v1", domain, prompt: "same?", reference: "42", parentPromptId: id, promptOperation: "vary" },
        { id: "v2", domain, prompt: "harder?", reference: null, parentPromptId: id, promptOperation: "harden" }
      ])
    })
  )
})
