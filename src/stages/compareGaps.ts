import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { reject, Rejection } from "../Rejects.ts"
import { askStructured } from "../services/askStructured.ts"
import type { PreferenceShown } from "../services/Provider.ts"
import { each, type RowOf } from "../Stage.ts"
import { type Annotator, askedOf, fullAnnotators, judges } from "./Annotator.ts"
import { askForRow, forEachCall } from "./askForRow.ts"

/** Who says which preference is stronger, and what becomes of ties. */
export interface CompareGapsOptions {
  /** The judge; its name becomes the `labelSource`. Its share is that of the comparisons it judges; others are rejects. */
  readonly annotator: Annotator
  /** Two preferences that are as strong as each other: the comparison is dropped (default) or kept with `tie`. */
  readonly tie?: "drop" | "keep"
}

const Answer = Schema.Struct({ verdict: Schema.Literals(["first", "second", "tie"]) })

const columns = {
  strong: PairOfPairs.strong,
  weak: PairOfPairs.weak,
  labelSource: PairOfPairs.labelSource,
  tie: PairOfPairs.tie,
  flipped: PairOfPairs.flipped
}

type Compared = RowOf<typeof columns>
type Side = Compared["strong"]

/**
 * Has a judge say which of two preferences is stronger, and labels the pair of pairs by it, in place of the label it had.
 *
 * Each comparison is shown in both orders. Where both verdicts name one pair it is the strong side; two ties are a tie. Verdicts
 * that contradict each other, or a tie and a winner, are a reject ("orders disagree"): a label that depends on the order says
 * nothing. So is a comparison without two readable answers, with the reason. Margins stay as they were, and are not shown.
 * `flipped` becomes false. Temperature 0. Costs two calls a row, and one for each follow-up. Throws as `fullAnnotators` does.
 */
export const compareGaps = (options: CompareGapsOptions) => {
  const { tie = "drop" } = options
  const annotator = fullAnnotators([options.annotator])[0]!
  const ask = askStructured({ name: "gapComparison", schema: Answer })
  return each({
    name: "compareGaps",
    needs: { id: Schema.String, strong: PairOfPairs.strong, weak: PairOfPairs.weak },
    gives: columns,
    config: { annotator, tie },
    callsPerRow: 2,
    row: (row, context) => {
      const one = Effect.fnUntraced(function* ([first, second]: readonly [Side, Side]) {
        return yield* ask({
          task: {
            kind: "compareGaps",
            prompt: first.prompt,
            first: textsOf(first),
            second: textsOf(second),
            annotator: annotator.name
          },
          messages: askedOf(annotator, requestFor(shown(first), shown(second))),
          model: annotator.model,
          sampleIndex: 0,
          temperature: 0,
          maxTokens: 64,
          seed: context.seed
        })
      })
      if (!judges(annotator, row.id, context.seed)) {
        return Effect.succeed(reject("not judged", `${annotator.name} judges a share of ${annotator.share}`))
      }
      const orders = [
        [row.strong, row.weak],
        [row.weak, row.strong]
      ] as const
      return Effect.map(
        forEachCall(orders, (order) => askForRow(one(order))),
        ([given, turned]): Compared | Rejection => {
          for (const outcome of [given!, turned!]) {
            if (outcome instanceof Rejection) return outcome
            if (!outcome.ok) return reject(outcome.reason, `${annotator.name}: ${outcome.problem}`)
          }
          const [here, there] = [given!, turned!].map((outcome) =>
            outcome instanceof Rejection || !outcome.ok ? "tie" : outcome.value.verdict
          )
          const labelled = { labelSource: annotator.name, flipped: false }
          if (here === "tie" && there === "tie") {
            return tie === "keep"
              ? { strong: row.strong, weak: row.weak, tie: true, ...labelled }
              : reject("tie", `${annotator.name} finds both preferences as strong`)
          }
          if (here === "first" && there === "second") {
            return { strong: row.strong, weak: row.weak, tie: false, ...labelled }
          }
          if (here === "second" && there === "first") {
            return { strong: row.weak, weak: row.strong, tie: false, ...labelled }
          }
          return reject("orders disagree", `${annotator.name} said ${here} in one order and ${there} in the other`)
        }
      )
    }
  })
}

const textsOf = ({ chosen, prompt, rejected }: Side): PreferenceShown => ({ prompt, chosen, rejected })

const shown = ({ chosen, prompt, rejected }: Side): string =>
  ["<question>", prompt, "</question>", "<preferred>", chosen, "</preferred>", "<other>", rejected, "</other>"].join(
    "\n"
  )

const requestFor = (first: string, second: string): string =>
  [
    "Below are two preferences. Each shows a question, the answer that was preferred and the other answer.",
    "Decide in which of the two the preferred answer is better than the other answer by more. Their order says nothing.",
    `Reply as JSON: {"verdict": "first" | "second" | "tie"}.`,
    "",
    "<first>",
    first,
    "</first>",
    "<second>",
    second,
    "</second>"
  ].join("\n")
