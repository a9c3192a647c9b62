import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { prefCleanBench } from "../../pipelines/prefCleanBench.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

interface Source {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}
const sources = fs
  .readFileSync("data/prefCleanBench.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Source)
const textsOf = (source: Source) => [source.chosen, source.rejected]
const at = (text: string) => sources.findIndex((source) => textsOf(source).includes(text))
const isChosen = (text: string) => sources.some(({ chosen }) => chosen === text)

const voters = ["inf", "ldl", "qrm", "skywork", "grm", "armo"]
/** How many of the six find the chosen text better; all others find both equal. */
const votes = [6, 3, 2, 0, 4, 5, 1, 6, 3, 6]
const points = [8, 4, 8, 8, 5, 8, 8, 8, 8, 8]
/** Mean gap over the eight models. */
const gap = [5, -3, 2, 1, -8, 4, 3, 6, 7, 9]
/** Perplexity behind the prompt over that without it, of the chosen text; that of the rejected one is 0.5. */
const ifd = [0.1, 0.6, 0.7, 0.8, 0.2, 0.75, 0.65, 1.5, 0.85, 0.9]

const scoreOf = ({ context, model, text }: { context: unknown; model: string | null; text: string }): number => {
  const i = at(text)
  if (model === "base") return context === "" ? -1 + Math.log(isChosen(text) ? ifd[i]! : 0.5) : -1
  if (model === "sft" || !isChosen(text)) return -2
  return -2 + gap[i]! + Number(model!.slice(3)) - 4.5
}

const provider = scripted(
  ({ task }) => {
    if (task.kind === "tag") return JSON.stringify({ tags: [task.prompt.slice(0, 3)] })
    if (task.kind !== "ratePair") return `unexpected ${task.kind}`
    const pointsOf = (text: string) => (isChosen(text) ? points[at(text)]! : 5)
    return JSON.stringify({ first: pointsOf(task.first), second: pointsOf(task.second) })
  },
  {
    reward: ({ model, text }) => [isChosen(text) && voters.indexOf(model!) < votes[at(text)]! ? 1 : 0],
    score: (request) => [{ token: request.text, logProb: scoreOf(request) }]
  }
)

/** Places of the pairs that each rule has to flag, worked out from the plants above. */
const flagged: Readonly<Record<string, ReadonlyArray<number>>> = {
  "LLM-Judge": [1],
  RwGap: [1, 4],
  "Vote-Maj": [2, 3, 6],
  "Vote-All": [3],
  Tag: [],
  IFD: [0, 7],
  "IFD-Gap": [0, 4]
}

describe("prefCleanBench", () => {
  it.effect("prefCleanBench removes or flips what each of the thirteen rules flags, on evidence asked for once", () =>
    Effect.gen(function* () {
      const { requests, rewardRequests, rows, scoreRequests } = yield* runRecipe(prefCleanBench, provider)
      const byMethod = Map.groupBy(rows, ({ method }) => method)
      assert.sameMembers(
        [...byMethod.keys()],
        [
          ...["LLM-Judge", "RwGap", "Vote-Maj", "Vote-All", "IFD-Gap"].flatMap((rule) => [`${rule}-R`, `${rule}-F`]),
          "IFD-R",
          "Tag-Cmp",
          "Tag-Div"
        ]
      )
      for (const [method, own] of byMethod) {
        const suspects = flagged[method.replace(/-(R|F|Cmp|Div)$/, "")]!
        const flips = method.endsWith("-F")
        const expected = sources.flatMap((source, i) => {
          const { chosen, id, rejected } = source
          if (!suspects.includes(i)) return [{ id, chosen, rejected, flipped: false }]
          return flips ? [{ id, chosen: rejected, rejected: chosen, flipped: true }] : []
        })
        assert.sameDeepMembers(
          own.map(({ chosen, flipped, id, rejected }) => ({ id, chosen, rejected, flipped })),
          expected,
          method
        )
      }
      const flippedGap = byMethod.get("RwGap-F")!.find(({ id }) => id === sources[4]!.id)!
      assert.approximately(flippedGap.dpo1Gap!, 8 + 3.5, 1e-9)

      // Judge and tagger; six rewards and a two-sided gap of eight models and their reference; both readings by the base model.
      assert.strictEqual(requests.length, 2 * sources.length)
      assert.strictEqual(rewardRequests.length, 6 * 2 * sources.length)
      assert.strictEqual(scoreRequests.length, (9 * 2 + 4) * sources.length)
    })
  )
})
