import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { askStructured } from "../services/askStructured.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { each, type StageContext } from "../Stage.ts"
import { type Annotator, askedOf, type FullAnnotator, fullAnnotators, judges, hasJudged } from "./Annotator.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { judged, keepJudgments } from "./rate.ts"

/** Who compares what, in which orders. */
export interface CompareOptions {
  readonly annotators: ReadonlyArray<Annotator>
  /** Pairs of candidates per prompt: all (default), or this many drawn by the row's seed. */
  readonly pairs?: "all" | number
  /** Whether each pair is shown in both orders (default) or in one, drawn by the row's seed. */
  readonly orders?: "both" | "one"
  /** What decides, in words. Default: which answer serves the one who asked better. */
  readonly rubric?: string
  /** Name of the rubric in the judgments. Default "overall". */
  readonly axis?: string
}

const Answer = Schema.Struct({ verdict: Schema.Literals(["first", "second", "tie"]) })

/**
 * Has annotators say which of two candidates is better.
 *
 * Each judgment records the order in which the two were shown; with both orders, a position bias shows as verdicts that
 * contradict each other. Ties stay ties; an unreadable answer is followed up once, and what still is unreadable is `invalid`, a
 * refusal `refused`, and both are noted in the rejects with the reason. Of equal texts the first one stands for all, and what an
 * annotator has compared on this axis in this order is not compared again, so that no opinion counts twice. Temperature 0. Costs
 * annotators × pairs × orders calls a row, and one per follow-up.
 */
export const compare = (options: CompareOptions) => {
  const { pairs = "all", orders = "both", axis = "overall" } = options
  const rubric = options.rubric ?? "which of the two answers serves the person who asked better"
  const annotators = fullAnnotators(options.annotators)
  const ask = askStructured({ name: "comparison", schema: Answer })
  return each({
    name: "judge.compare",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: { annotators, pairs, orders, rubric, axis },
    callsPerRow: `${annotators.length} × ${pairs === "all" ? "n(n-1)/2" : pairs} pairs × ${orders === "both" ? 2 : 1}`,
    row: (row, context) => {
      const before = row.judgments ?? []
      const isCompared = (annotator: string, firstId: string, secondId: string) =>
        hasJudged(before, { annotator, axis, firstId, secondId })
      const shown = shownPairs(row.id, row.candidates, context, pairs, orders)
      const asked = annotators
        .filter((annotator) => judges(annotator, row.id, context.seed))
        .flatMap((annotator) =>
          shown
            .filter(([first, second]) => !isCompared(annotator.name, first.id, second.id))
            .map(([first, second]) => ({ annotator, first, second }))
        )
      const one = Effect.fnUntraced(function* (question: {
        annotator: FullAnnotator
        first: Candidate
        second: Candidate
      }) {
        const { annotator, first, second } = question
        const { provider } = yield* LanguageModel
        const outcome = yield* ask({
          task: {
            kind: "compare",
            prompt: row.prompt,
            first: first.text,
            second: second.text,
            annotator: annotator.name,
            axis
          },
          messages: askedOf(annotator, requestFor(row.prompt, first.text, second.text, rubric)),
          model: annotator.model,
          sampleIndex: 0,
          temperature: 0,
          maxTokens: 64,
          seed: context.seed
        })
        const judgment: Judgment = {
          annotator: annotator.name,
          annotatorKind: provider.simulated ? "simulated" : "model",
          axis,
          firstId: first.id,
          secondId: second.id,
          score: null,
          verdict: outcome.ok ? outcome.value.verdict : null,
          plantedCorrect: outcome.completion.planted?.correct ?? null
        }
        return judged(judgment, outcome)
      })
      return Effect.map(
        forEachCall(asked, (question) => askForRow(one(question))),
        (made) => keepJudgments(before, made)
      )
    }
  })
}

const shownPairs = (
  rowId: string,
  candidates: ReadonlyArray<Candidate>,
  context: StageContext,
  pairs: "all" | number,
  orders: "both" | "one"
): ReadonlyArray<readonly [Candidate, Candidate]> => {
  const distinct = candidates.filter(
    ({ text }, i) => text.trim() !== "" && candidates.findIndex((other) => other.text === text) === i
  )
  const all = distinct.flatMap((first, i) => distinct.slice(i + 1).map((second) => [first, second] as const))
  const key = ([first, second]: readonly [Candidate, Candidate]) => context.random(rowId, "pair", first.id, second.id)()
  const drawn =
    pairs === "all"
      ? all
      : all
          .map((pair) => ({ pair, at: key(pair) }))
          .toSorted((a, b) => a.at - b.at)
          .slice(0, pairs)
          .map(({ pair }) => pair)
  return drawn.flatMap(([first, second]) => {
    if (orders === "both") return [[first, second] as const, [second, first] as const]
    const turned = context.random(rowId, "order", first.id, second.id)() < 0.5
    return [turned ? ([second, first] as const) : ([first, second] as const)]
  })
}

const requestFor = (prompt: string, first: string, second: string, rubric: string): string =>
  [
    `Compare the two answers below and decide ${rubric}. Their order says nothing.`,
    `Reply as JSON: {"verdict": "first" | "second" | "tie"}.`,
    "",
    "<question>",
    prompt,
    "</question>",
    "<first>",
    first,
    "</first>",
    "<second>",
    second,
    "</second>"
  ].join("\n")
