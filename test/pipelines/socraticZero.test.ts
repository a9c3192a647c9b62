import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bestWorst, generate, memory, pair, Pipeline, Prompt } from "prefloom"
import { socraticZero } from "../../pipelines/socraticZero.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

const lines = fs.readFileSync("data/socraticZero.jsonl", "utf8").trim().split("\n")
const seeds = lines.map((line) => JSON.parse(line) as { readonly id: string; readonly prompt: string })
const [easy, hopeless, hard, doubtful] = seeds
const depthOf = (prompt: string) => prompt.split("Variant of").length - 1
/** What fails once: the third seed, and what comes of it, up to the second generation, by the untrained solver and the next. */
const isFailed = (prompt: string, trained: number) =>
  prompt.includes(hopeless!.prompt) && depthOf(prompt) === 0
    ? 8
    : (prompt.includes(hard!.prompt) || prompt === doubtful!.prompt) && depthOf(prompt) < 3 && trained < 2
      ? 3
      : 0

const provider = scripted(({ messages, model, seed, task }) => {
  const asked = messages[0]!.content
  if (task.kind === "rate") return JSON.stringify({ level: task.text.startsWith("right") ? "right" : "wrong" })
  if (model !== "teacher") {
    const nFailed = isFailed(task.prompt, model!.split("+").length - 1)
    return `${seed! % 8 < nFailed ? "wrong" : "right"} answer, written as number ${"one two three four five six seven eight".split(" ")[seed! % 8]}`
  }
  if (asked.startsWith("Solve")) return asked.includes(doubtful!.prompt) ? " " : "the answer"
  const parent = /Question: (.*)\nAnswer/.exec(asked)![1]!
  return /Attempt: wrong/.test(asked) ? `Variant of ${parent}` : "no failed attempt was shown"
})
const train = [process.execPath, "-e", 'console.log(process.env.PREFLOOM_MODEL + "+")'] as const

describe("socraticZero", () => {
  it.effect(
    "socraticZero grows the pool where the solver fails, with parents, and pairs right against wrong attempts",
    () =>
      Effect.gen(function* () {
        const { rejects, requests, rows } = yield* runRecipe(socraticZero(train), provider)
        const inRound = (n: number, kind: string) => rows.filter((row) => row.round === n && row.kind === kind)
        const questions = (n: number) => inRound(n, "question").map(({ prompt }) => prompt)
        const variant = (prompt: string) => `Variant of ${prompt}`
        const [ofHopeless, ofHard] = [variant(hopeless!.prompt), variant(hard!.prompt)]
        assert.sameMembers(questions(1), [ofHopeless, ofHard])
        // The new question is asked in the next round, fails, and has one of its own.
        assert.includeMembers(questions(2), [variant(ofHard)])
        assert.notInclude(questions(2), variant(ofHopeless))
        const idOf = (prompt: string) => rows.find((row) => row.kind === "question" && row.prompt === prompt)!.id
        const grandchild = rows.find((row) => row.kind === "question" && row.prompt === variant(ofHard))!
        assert.strictEqual(grandchild.parentPromptId, idOf(ofHard))
        assert.strictEqual(rows.find(({ prompt }) => prompt === ofHard)!.parentPromptId, hard!.id)
        assert.strictEqual(grandchild.reference, "the answer")

        const pairs = rows.filter(({ kind }) => kind === "pair")
        for (const { chosen, rejected } of pairs) {
          assert.match(chosen!, /^right/)
          assert.match(rejected!, /^wrong/)
        }
        const pairedIn = (n: number) => Map.groupBy(inRound(n, "pair"), ({ prompt }) => prompt)
        assert.sameMembers([...pairedIn(1).keys()], [hard!.prompt, doubtful!.prompt])
        assert.sameMembers([...pairedIn(2).keys()], [hard!.prompt, doubtful!.prompt, ofHard])
        assert.strictEqual(pairedIn(1).get(hard!.prompt)!.length, 4)
        assert.isTrue(
          [3, 4, 5].every((n) => inRound(n, "pair").length === 0),
          "the trained solver is right"
        )

        const reasons = rejects.filter(({ stage }) => stage.startsWith("round 1/"))
        assert.deepInclude(
          reasons.map(({ id, reason }) => [id, reason]),
          [doubtful!.id, "no new question"]
        )
        assert.deepInclude(
          reasons.map(({ id, reason }) => [id, reason]),
          [easy!.id, "solved in all attempts"]
        )
        const attempts = requests.filter(({ task, model }) => task.kind === "generate" && model === "solver+")
        assert.strictEqual(attempts.length, 8 * (seeds.length + questions(1).length))
      })
  )

  it("socraticZero does not compile where attempts are paired before the teacher has judged them", () => {
    assert.throws(
      // @ts-expect-error judgments are missing
      () => memory([], Prompt).pipe(generate({ n: 8 }), pair({ rules: [bestWorst()] })),
      Pipeline.WiringError,
      'column "judgments" is missing'
    )
  })
})
