import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { reject, Rejection } from "../Rejects.ts"
import { askStructured } from "../services/askStructured.ts"
import type { PreferenceShown } from "../services/Provider.ts"
import { type FullAnnotator, judges } from "./Annotator.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import * as Judging from "./Judging.ts"
import { problemOf } from "./problemOf.ts"

/** Two preferences, and who is asked which of them is stronger, by what, knowing what. */
export interface GapQuestion {
  /** Decides with the annotator's share whether there is a question at all. */
  readonly id: string
  readonly first: PreferenceShown
  readonly second: PreferenceShown
  readonly annotator: FullAnnotator
  /** What decides, in words that follow "Decide". Default: in which of the two the preferred answer is better by more. */
  readonly rubric?: string | undefined
  /** Shown beside the two; default nothing. */
  readonly evidence?: string | null
  /** Default 64. */
  readonly maxTokens?: number | undefined
  readonly seed: number
}

const ask = askStructured({
  name: "gapComparison",
  schema: Schema.Struct({ verdict: Schema.Literals(["first", "second", "tie"]) })
})

/**
 * Asks an annotator which of two preferences is stronger, in both orders, and gives what both orders agree on.
 *
 * Verdicts that contradict each other, or a tie and a winner, are a rejection ("orders disagree"): a label that depends on the order
 * says nothing. So is a question without two readable answers, with the reason, and one outside the annotator's share ("not judged").
 * Temperature 0. Costs two calls, and one for each follow-up.
 */
export const askGap = (question: GapQuestion) => {
  const { annotator, evidence = null, first, id, maxTokens = 64, seed, second } = question
  const { rubric = "in which of the two the preferred answer is better than the other answer by more" } = question
  const one = ([shownFirst, shownSecond]: readonly [PreferenceShown, PreferenceShown]) => {
    const text = Judging.told(
      [
        "Below are two preferences. Each shows a question, the answer that was preferred and the other answer.",
        `Decide ${rubric}. Their order says nothing.`,
        `Reply as JSON: {"verdict": "first" | "second" | "tie"}.`
      ],
      [
        ["evidence", evidence],
        ["first", wordsOf(shownFirst)],
        ["second", wordsOf(shownSecond)]
      ]
    )
    const task = {
      kind: "compareGaps",
      prompt: shownFirst.prompt,
      first: textsOf(shownFirst),
      second: textsOf(shownSecond),
      annotator: annotator.name
    } as const
    return ask(Judging.requestOf({ maxTokens, temperature: 0 }, { annotator, sample: 0 }, seed, task, text))
  }
  if (!judges(annotator, id, seed)) {
    return Effect.succeed(reject("not judged", `${annotator.name} judges a share of ${annotator.share}`))
  }
  const orders = [
    [first, second],
    [second, first]
  ] as const
  return Effect.map(
    forEachCall(orders, (order) => askForRow(one(order))),
    (outcomes): "first" | "second" | "tie" | Rejection => {
      const verdicts: Array<"first" | "second" | "tie"> = []
      for (const outcome of outcomes) {
        if (outcome instanceof Rejection) return outcome
        if (!outcome.ok) return reject(outcome.reason, `${annotator.name}: ${problemOf(outcome)}`)
        verdicts.push(outcome.value.verdict)
      }
      const [here, there] = verdicts
      if (here === "tie" && there === "tie") return "tie"
      if (here === "first" && there === "second") return "first"
      if (here === "second" && there === "first") return "second"
      return reject("orders disagree", `${annotator.name} said ${here} in one order and ${there} in the other`)
    }
  )
}

const textsOf = ({ chosen, prompt, rejected }: PreferenceShown): PreferenceShown => ({ prompt, chosen, rejected })

const wordsOf = ({ chosen, prompt, rejected }: PreferenceShown): string =>
  ["<question>", prompt, "</question>", "<preferred>", chosen, "</preferred>", "<other>", rejected, "</other>"].join(
    "\n"
  )
