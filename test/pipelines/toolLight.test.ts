import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { toolLight } from "../../pipelines/toolLight.ts"
import { runRecipe } from "./runRecipe.ts"

const answers = new Map([
  ["lighthouse", "1931"],
  ["digits", "76"],
  ["bridge", "Marta Ruys"],
  ["primes", "168"],
  ["12 times 12", "144"],
  ["mill", "Dommel"]
])

const keyOf = ({ task }: Request) => [...answers.keys()].find((key) => task.prompt.includes(key))!

const chain =
  "I look. <search> first </search> <result> none </result> <python> second </python> <output> 0 </output> Answer: none"

/** A completion whose tokens were all drawn from two outcomes, the less likely one with probability `p`. */
const withTokens = (text: string, p: number): Completion => ({
  text,
  finishReason: "stop",
  model: "m",
  usage: null,
  planted: null,
  logProbs: [...text.matchAll(/\s*\S+/g)].map(([token]) => ({
    token,
    logProb: Math.log(1 - p),
    alternatives: [
      { token, logProb: Math.log(1 - p) },
      { token: "other", logProb: Math.log(p) }
    ]
  }))
})

/** How many of the ten plain rollouts are right. */
const nRight = new Map([
  ["lighthouse", 6],
  ["bridge", 3]
])

/**
 * Knows one product without tools. Plain rollouts that are right grow longer with the sample, wrong ones are very short or very long. Of
 * three branches at each place the first is right and sure, the second right and unsure in the lighthouse's case, the others call
 * tools twice more for nothing; nothing is ever right about digits.
 */
const script = scripted((request) => {
  const key = keyOf(request)
  const answer = answers.get(key)!
  const { prefix, sampleIndex: i } = request
  if (request.messages[0]!.role !== "system") return key === "12 times 12" ? "Answer: 144" : "Answer: unknown"
  if (request.topLogProbs === undefined) {
    return i < (nRight.get(key) ?? 0)
      ? `${"So I go on. ".repeat(i + 1)}Answer: ${answer}`
      : `${"No idea at all, really. ".repeat(i % 2 === 0 ? 9 : 0)}Answer: guess ${i}`
  }
  if (prefix === undefined) return withTokens(chain, 0.1)
  const isRight = key !== "digits" && (i === 0 || (i === 1 && key === "lighthouse"))
  return isRight
    ? withTokens(` and so ${i}. Answer: ${answer}`, i === 0 ? 0.01 : 0.4)
    : withTokens(` <search> again ${i} </search> <search> more </search> Answer: none`, 0.1)
})

const nCalls = (text: string) => text.split(/<search>|<python>/).length - 1

describe("the recipe of Tool-Light", () => {
  const ran = Effect.map(runRecipe(toolLight, script), ({ rows, ...rest }) => ({
    ...rest,
    of: (key: string, rule: string, round: number) =>
      rows.find((row) => row.prompt.includes(key) && row.rule === rule && row.round === round),
    rows
  }))

  it.effect("toolLight takes 4,000 questions, only such as fail without tools", () =>
    Effect.map(ran, ({ findings, rejects, rows }) => {
      for (const round of [1, 2]) {
        assert.deepInclude(findings.get(`round ${round}/take`), { kind: "taken", asked: 4000, given: 5 })
      }
      const dropped = rejects.filter(({ reason }) => reason === "right without tools")
      assert.deepStrictEqual([...new Set(dropped.map(({ id }) => id))], ["t5"])
      assert.isFalse(rows.some(({ promptId }) => promptId === "t5"))
    })
  )

  it.effect("toolLight branches a chain at its tool calls, three times each", () =>
    Effect.map(ran, ({ requests }) => {
      const branches = requests.filter(({ prefix, task }) => prefix !== undefined && task.prompt.includes("bridge"))
      const places = branches.map(({ prefix }) => prefix!)
      assert.deepStrictEqual(new Set(places).size, 2)
      for (const place of places) {
        assert.isTrue(chain.startsWith(place))
        assert.match(place, /<(search|python)>[^]*<\/\1>\s*$/)
      }
    })
  )

  it.effect(
    "toolLight prefers among branches the fewest calls, then the lowest entropy, to a wrong one with more calls",
    () =>
      Effect.map(ran, ({ of }) => {
        const easy = of("lighthouse", "branching", 1)!
        assert.strictEqual(easy.route, "easy")
        assert.include(easy.chosen, "and so 0.")
        assert.strictEqual(nCalls(easy.chosen), 1)
        assert.isAbove(nCalls(easy.rejected), 1)
        assert.notInclude(easy.rejected, "1931")
      })
  )

  it.effect("toolLight takes the trajectory of the SFT data where nothing is right", () =>
    Effect.map(ran, ({ of }) => {
      const standIn = of("digits", "branching", 1)!
      assert.strictEqual(standIn.chosenModel, "sft")
      assert.isAbove(nCalls(standIn.rejected), nCalls(standIn.chosen))
      assert.isUndefined(of("digits", "plain", 1))
      // The bridge has a right branch, the primes have no trajectory but a right branch as well.
      assert.notStrictEqual(of("bridge", "branching", 1)!.chosenModel, "sft")
    })
  )

  it.effect("toolLight reverses hard items in round two, and leaves easy ones as they were", () =>
    Effect.map(ran, ({ of }) => {
      const length = (text: string) => text.split("So I go on.").length - 1
      const [first, second] = [of("bridge", "plain", 1)!, of("bridge", "plain", 2)!]
      assert.deepStrictEqual([first.route, second.route], ["hard", "hard"])
      assert.strictEqual(length(first.chosen), 1)
      assert.isAbove(first.rejected.length, first.chosen.length)
      assert.strictEqual(length(second.chosen), 3)
      assert.match(second.rejected, /^Answer: guess \d$/)
      const [easy, later] = [of("lighthouse", "plain", 1)!, of("lighthouse", "plain", 2)!]
      assert.deepStrictEqual([easy.route, later.route], ["easy", "easy"])
      assert.deepStrictEqual([length(easy.chosen), length(later.chosen)], [1, 1])
      const branches = [of("bridge", "branching", 1)!, of("bridge", "branching", 2)!]
      assert.deepStrictEqual(
        branches.map(({ chosen }) => nCalls(chosen)),
        [1, 2]
      )
    })
  )

  it.effect("toolLight mixes two hard pairs with one easy one in each round", () =>
    Effect.map(ran, ({ rows }) => {
      for (const round of [1, 2]) {
        const routes = rows.filter((row) => row.round === round).map(({ route }) => route)
        const nEasy = routes.filter((route) => route === "easy").length
        assert.isAtLeast(nEasy, 1)
        assert.isAtMost(Math.abs(routes.length - nEasy - 2 * nEasy), 2)
      }
    })
  )
})
