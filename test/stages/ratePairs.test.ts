import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ToolFindings } from "../../schemas/ToolFinding.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Request } from "../../src/services/Provider.ts"
import { filter } from "../../src/stages/filter.ts"
import { judge } from "../../src/stages/judge.ts"
import { ratePairs } from "../../src/stages/ratePairs.ts"
import { ownEntries } from "../providers/ownBank.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const pairOf = (i: number, more = {}) => ({
  id: `row ${i}`,
  prompt: `prompt ${i}`,
  chosen: `chosen ${i}`,
  rejected: `rejected ${i}`,
  ...more
})

stageContract("judge.pairs", {
  fields,
  rows: [0, 1, 2, 3, 4].map((i) => pairOf(i)),
  stage: judge.pairs({ annotator: { name: "scorer", share: 0.6 } }),
  provider: simulated()
})

describe("ratePairs", () => {
  it.effect("ratePairs shows the whole pair with its evidence, and gives score and reasons", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const provider = scripted((request) => {
        asked.push(request)
        return '{"critique": "The gap is clear.", "score": 8}'
      })
      const finding = { tool: "search", candidateId: null, query: "q", text: "The sky is blue." }
      const { rows } = yield* collect(
        pipelineOf([pairOf(1, { toolFindings: [finding] }) as never], { ...fields, ...ToolFindings }).pipe(
          ratePairs({
            annotator: { name: "j", instruction: "Be strict." },
            slots: ToolFindings,
            evidence: "toolFindings",
            rubric: "how instructive it is"
          }),
          filter({
            needs: { pairScore: Schema.NullOr(Schema.Finite) },
            reason: "weak",
            keep: (row) => row.pairScore! >= 8
          })
        ),
        { provider }
      )
      assert.deepStrictEqual([rows[0]!.pairScore, rows[0]!.pairCritique], [8, "The gap is clear."])
      const [system, user] = asked[0]!.messages
      assert.strictEqual(system!.content, "Be strict.")
      for (const part of [
        "how instructive it is",
        "<question>\nprompt 1\n</question>",
        "<evidence>\ntool: search\nquery: q\ntext: The sky is blue.\n</evidence>",
        "<preferred>\nchosen 1\n</preferred>\n<other>\nrejected 1\n</other>"
      ]) {
        assert.include(user!.content, part)
      }
    })
  )

  it.effect("ratePairs leaves null what could not be had, with a note, and what is outside the share without one", () =>
    Effect.gen(function* () {
      const provider = scripted(({ task }) =>
        task.kind === "ratePreference" && task.first === "chosen 0" ? '{"score": 99}' : '{"critique": " ", "score": 2}'
      )
      const { rejects, rows } = yield* collect(
        pipelineOf([pairOf(0), pairOf(1)], fields).pipe(
          ratePairs({ annotator: "j", as: "use" }),
          ratePairs({ annotator: { name: "nobody", share: 0 }, as: "other" })
        ),
        { provider }
      )
      assert.deepStrictEqual(
        rows.map(({ otherCritique, otherScore, useCritique, useScore }) => [
          useScore,
          useCritique,
          otherScore,
          otherCritique
        ]),
        [
          [null, null, null, null],
          [2, null, null, null]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["row 0", "use: malformed answer"]]
      )
      assert.match(rejects[0]!.detail, /^j: /)
    })
  )

  it.effect("ratePairs by the simulated model grows with the planted gap and says that it is simulated", () =>
    Effect.gen(function* () {
      const pairs = ownEntries.flatMap(({ answers, prompt }, i) => {
        const sorted = answers.toSorted((a, b) => b.quality - a.quality)
        const [best, next, worst] = [sorted[0]!, sorted[1]!, sorted.at(-1)!]
        return [
          { id: `wide ${i}`, prompt, chosen: best.text, rejected: worst.text, gap: best.quality - worst.quality },
          { id: `narrow ${i}`, prompt, chosen: best.text, rejected: next.text, gap: best.quality - next.quality }
        ]
      })
      const stage = ratePairs({ annotator: "perfect", scale: [0, 1] })
      const { rows } = yield* collect(pipelineOf(pairs, { ...fields, gap: Schema.Finite }).pipe(stage), {
        provider: simulated({ annotators: { perfect: { reliability: 1, ratingNoise: 0 } } })
      })
      for (const { gap, pairCritique, pairScore } of rows) {
        assert.closeTo(pairScore!, gap, 0.005 + 1e-9)
        assert.match(pairCritique!, /^Simulated critique/)
      }
    })
  )

  it("ratePairs does not compile in front of a column it reads", () => {
    const pairs = pipelineOf([pairOf(0)], fields)
    // @ts-expect-error toolFindings are missing
    const wrong = () => pairs.pipe(ratePairs({ annotator: "j", slots: ToolFindings, evidence: "toolFindings" }))
    assert.throws(wrong, /column "toolFindings" is missing/)
    assert.throws(() => ratePairs({ annotator: "j", scale: [5, 1] }), /"judge.pairs": found scale 5 to 1/)
  })
})

stageContract("judge.pairs", {
  fields,
  rows: [0, 1, 2, 3, 4].map((i) => pairOf(i)),
  stage: judge.pairs({ annotator: { name: "scorer", share: 0.6 }, as: "scorer", sides: true }),
  provider: simulated()
})

describe("ratePairs of sides", () => {
  const asking = (answer: (request: Request) => string) => {
    const asked: Array<Request> = []
    const provider = scripted((request) => {
      asked.push(request)
      return answer(request)
    })
    return { asked, provider }
  }

  it.effect("ratePairs shows both responses in one call and gives each side its own points, in either order", () =>
    Effect.gen(function* () {
      const n = 200
      const { asked, provider } = asking(({ task }) =>
        task.kind === "ratePair"
          ? JSON.stringify({
              first: task.first.startsWith("chosen") ? 9 : 3,
              second: task.second.startsWith("chosen") ? 9 : 3
            })
          : ""
      )
      const { rows: made } = yield* collect(
        pipelineOf(
          Array.from({ length: n }, (_, i) => pairOf(i)),
          fields
        ).pipe(ratePairs({ annotator: "judge", as: "judge", sides: true })),
        { provider }
      )
      assert.isTrue(made.every(({ judgeChosen, judgeRejected }) => judgeChosen === 9 && judgeRejected === 3))
      assert.strictEqual(asked.length, n)
      const nStraight = asked.filter(({ task }) => task.kind === "ratePair" && task.first.startsWith("chosen")).length
      assert.closeTo(nStraight / n, 0.5, 4 * Math.sqrt(0.25 / n))
    })
  )

  it.effect("ratePairs asks the judge in its own words, of its own model, at temperature 0", () =>
    Effect.gen(function* () {
      const { asked, provider } = asking(() => '{"first": 0, "second": 0.5}')
      yield* collect(
        pipelineOf([pairOf(1)], fields).pipe(
          ratePairs({
            annotator: { name: "strict", model: "big", instruction: "You are strict." },
            as: "strict",
            sides: true,
            rubric: "how funny it is",
            scale: [0, 1]
          })
        ),
        { provider }
      )
      const strict = asked.find(({ model }) => model === "big")!
      assert.deepStrictEqual(
        [asked.length, strict.temperature, strict.messages.map(({ role }) => role).join()],
        [1, 0, "system,user"]
      )
      const { content } = strict.messages[1]!
      for (const part of ["how funny it is", "from 0 (worst) to 1 (best)", "prompt 1", "\nchosen 1\n"]) {
        assert.include(content, part)
      }
    })
  )

  const bad = ["I like the first", '{"first": 11, "second": 3}', '{"first": 5}', "9 3"]
  for (const answer of bad) {
    it.effect(`ratePairs leaves both sides null for ${JSON.stringify(answer)}, after one follow-up`, () =>
      Effect.gen(function* () {
        const { asked, provider } = asking(() => answer)
        const { rejects, rows: made } = yield* collect(
          pipelineOf([pairOf(1)], fields).pipe(ratePairs({ annotator: "a", as: "a", sides: true })),
          { provider }
        )
        assert.deepStrictEqual([made[0]!.aChosen, made[0]!.aRejected, asked.length], [null, null, 2])
        assert.deepStrictEqual(
          rejects.map(({ id, reason }) => [id, reason]),
          [["row 1", "a: malformed answer"]]
        )
        assert.match(rejects[0]!.detail, /^a: /)
      })
    )
  }

  it("ratePairs refuses a name that would be taken for a side", () => {
    assert.throws(
      () => ratePairs({ annotator: "a", as: "isChosen", sides: true }),
      /"judge.pairs": found the name "isChosen"/
    )
  })
})
