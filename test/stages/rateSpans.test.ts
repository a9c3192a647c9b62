import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Span } from "../../schemas/Span.ts"
import { Spans } from "../../schemas/Span.ts"
import { opinionsOf } from "../../src/aggregations/Opinion.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Request } from "../../src/services/Provider.ts"
import { judge } from "../../src/stages/judge.ts"
import { rateSpans } from "../../src/stages/rateSpans.ts"
import { spanId } from "../../src/stages/spanId.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const fields = { ...groupFields, ...Spans }

const span = (candidateId: string, index: number, start: number, end: number): Span => ({
  candidateId,
  index,
  start,
  end,
  kind: "step",
  features: [{ name: "characters", value: end - start }]
})

/** The part that is asked about. */
const partOf = ({ task }: Request): string => (task.kind === "rateSpan" ? task.text.slice(task.start, task.end) : "")
const byPart = scripted((request) => `{"score": ${partOf(request).includes("wrong") ? 1 : 9}}`)

stageContract("judge.spans", {
  fields,
  rows: someGroups(4).map((row) => ({
    ...row,
    spans: row.candidates.flatMap(({ id, text }) => [span(id, 0, 0, 10), span(id, 1, 10, text.length)])
  })),
  stage: judge.spans({ annotators: ["a", { name: "b", share: 0.5 }] }),
  provider: byPart
})

const row = {
  id: "r",
  domain: null,
  prompt: "p?",
  reference: null,
  judgments: [ratingOf("a", "x", 5)],
  candidates: [candidateOf({ id: "x", text: "One. wrong. " }), candidateOf({ id: "y", text: "Two." })],
  spans: [span("x", 0, 0, 4), span("x", 1, 4, 11), span("x", 2, 11, 12), span("y", 0, 0, 4), span("gone", 0, 0, 1)]
}

describe("rateSpans", () => {
  it.effect("rateSpans asks about each piece in its place, and files one judgment each", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const provider = scripted((request) => {
        asked.push(request)
        return `{"critique": "About ${partOf(request).trim()}", "score": ${partOf(request).includes("wrong") ? 0 : 1}}`
      })
      const stage = rateSpans({
        annotators: ["a", "b"],
        axis: "right",
        rubric: "how right it is",
        scale: [0, 1],
        critique: true
      })
      const { rejects, rows } = yield* collect(pipelineOf([row], fields).pipe(stage), { provider })
      assert.deepStrictEqual(asked.map(partOf), ["One.", " wrong.", "Two.", "One.", " wrong.", "Two."])
      const [, { messages }] = asked as [Request, Request]
      for (const part of [
        "by how right it is",
        "<question>\np?\n</question>",
        "<before>\nOne.\n</before>\n<part>\n wrong.\n</part>\n<after>\n \n</after>"
      ]) {
        assert.include(messages[0]!.content, part)
      }
      assert.notInclude(asked[0]!.messages[0]!.content, "<before>")
      assert.notInclude(asked[2]!.messages[0]!.content, "<after>")
      const { judgments, spans } = rows[0]!
      assert.deepStrictEqual(judgments[0], row.judgments[0])
      assert.deepStrictEqual(judgments[2], {
        ...ratingOf("a", spanId(row.spans[1]!), 0),
        axis: "right",
        critique: "About wrong."
      })
      assert.strictEqual(judgments.length, 7)
      assert.deepStrictEqual(
        spans.map(({ features }) => features.find(({ name }) => name === "right")?.value),
        [1, 0, undefined, 1, undefined]
      )
      assert.deepStrictEqual(spans[1]!.features[0], { name: "characters", value: 7 })
      assert.deepStrictEqual(rejects, [])
      const opinions = opinionsOf(row.candidates, judgments)
      assert.deepStrictEqual(opinions, [{ candidate: 0, annotator: "a", axis: "overall", value: 5 }])
    })
  )

  it.effect("rateSpans makes the mean of all annotators the feature, and a later pass replaces it", () =>
    Effect.gen(function* () {
      const provider = scripted(({ model }) => `{"score": ${model === "hard" ? 2 : 8}}`)
      const pipeline = pipelineOf([row], fields).pipe(
        rateSpans({ annotators: ["mild"] }),
        rateSpans({ annotators: ["mild", { name: "hard", model: "hard" }] })
      )
      const { rows } = yield* collect(pipeline, { provider })
      assert.deepStrictEqual(rows[0]!.spans[0]!.features, [
        { name: "characters", value: 4 },
        { name: "overall", value: 5 }
      ])
      assert.strictEqual(rows[0]!.judgments.length, 1 + 6)
    })
  )

  it.effect("rateSpans notes what it cannot read and leaves the span without the feature", () =>
    Effect.gen(function* () {
      const provider = scripted((request) => (partOf(request) === "Two." ? "?" : '{"score": 3}'))
      const { rejects, rows } = yield* collect(pipelineOf([row], fields).pipe(rateSpans({ annotators: ["a"] })), {
        provider
      })
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail.split(":")[0]]),
        [["judgment: malformed answer", `a on ${spanId(row.spans[3]!)}`]]
      )
      assert.strictEqual(rows[0]!.judgments.at(-1)!.verdict, "invalid")
      assert.strictEqual(rows[0]!.spans[3]!.features.length, 1)
    })
  )

  it.effect("rateSpans is refused by the simulated model, with the remedy", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        collect(pipelineOf([row], fields).pipe(rateSpans({ annotators: ["a"] })), { provider: simulated() })
      )
      assert.match(String(error), /takes reading \("rateSpan"\).*scripted/)
    })
  )

  it("rateSpans does not compile without spans", () => {
    const { spans: _, ...group } = row
    const groups = pipelineOf([group], groupFields)
    // @ts-expect-error spans are missing
    assert.throws(() => groups.pipe(rateSpans({ annotators: ["a"] })), /column "spans" is missing/)
  })
})
