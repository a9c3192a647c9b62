import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { answerGap } from "../math/answerGap.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { askStructured, type StructuredOutcome } from "../services/askStructured.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Completion, Request, Task } from "../services/Provider.ts"
import { each, type RowOf, type StageContext } from "../Stage.ts"
import { agreedVerdicts, verdictOf } from "./agreedVerdicts.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import * as Evidence from "./Evidence.ts"
import { wordsOrNull } from "./Grading.ts"
import * as Judging from "./Judging.ts"
import { refuseAnswer } from "./refuseAnswer.ts"

/** Who compares what, by what, in which orders. */
export type CompareOptions<F extends Schema.Struct.Fields = {}> = Judging.JudgingOptions<F> & {
  /** Pairs of candidates per prompt: all (default), or this many drawn by the row's seed. */
  readonly pairs?: "all" | number
  /** Whether each pair is shown in both orders (default) or in one, drawn by the row's seed. */
  readonly orders?: "both" | "one"
  /** Has the judge write its reasons first, kept as the critique of the judgment. Default false. */
  readonly critique?: boolean
  /**
   * Reads how sure the judge is from the log-probabilities of its two answers; the gap is the score, positive for the one shown first.
   * Default false.
   */
  readonly soft?: boolean
}

const verdict = Schema.Literals(["first", "second", "tie"])
type Answer = { readonly critique?: string; readonly verdict: typeof verdict.Type }

/**
 * Has annotators say which of two candidates is better, on a rubric or on several.
 *
 * Each judgment records the order in which the two were shown; with both orders, a position bias shows as verdicts that
 * contradict each other. Ties stay ties; an unreadable answer is followed up once, and what still is unreadable is `invalid`, a
 * refusal `refused`, and both are noted in the rejects with the reason. Of equal texts the first one stands for all, and what an
 * annotator has compared on this axis in this order is not compared again, so that no opinion counts twice, unless more `samples` are
 * wanted. On a negated axis verdict and score are turned round.
 *
 * With `soft` the judge answers in one token, and a pair that was shown in both orders has a verdict only where both agree
 * on it: else the verdict is null, the scores stay, and the rejects note "orders disagree". Needs "topLogProbs"; takes no samples
 * and no critique. Temperature 0, or 1 with several samples. Costs annotators × axes × pairs × orders × samples calls a row, and one
 * per follow-up. Throws as `Judging.make` does.
 *
 * Source of soft verdicts: SALMON, https://arxiv.org/abs/2310.05910
 */
export const compare = <F extends Schema.Struct.Fields = {}>(
  options: CompareOptions<F>
): Judging.Asking<Judging.GroupRow & RowOf<F>, RowOf<typeof Judgments>> => {
  const { critique = false, orders = "both", pairs = "all", soft = false } = options
  if (soft && (critique || (options.samples ?? 1) > 1)) {
    throw new Error(
      'Cannot set up "judge.compare": found soft beside a critique or samples, expected soft verdicts alone'
    )
  }
  const judging = Judging.make("judge.compare", options, "which of the two answers serves the person who asked better")
  const ask = soft ? askSoftly : askFirmly(critique)
  const nOrders = orders === "both" ? 2 : 1
  return each({
    name: "judge.compare",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: { ...judging.config, pairs, orders, soft },
    callsPerRow: Judging.callsOf(judging, `${pairs === "all" ? "n(n-1)/2" : pairs} pairs × ${nOrders}`),
    ...(soft ? { capabilities: ["topLogProbs"] } : { prefers: ["jsonSchema"] }),
    row: (row, context) => {
      const before = row.judgments ?? []
      const things = shownPairs(row.id, row.candidates, context, pairs, orders).map(([first, second]) => ({
        firstId: first.id,
        secondId: second.id,
        first,
        second
      }))
      const one = Effect.fnUntraced(function* (question: Judging.Question<(typeof things)[number]>) {
        const { annotator, axis, thing } = question
        const { provider } = yield* LanguageModel
        const { first, second } = thing
        const task: Task = {
          kind: "compare",
          prompt: row.prompt,
          first: first.text,
          second: second.text,
          annotator: annotator.name,
          axis: axis.axis,
          ...(axis.negated ? { negated: true } : {}),
          ...(critique ? { critique: true } : {})
        }
        const text = Judging.told(
          [
            `Compare the two answers below and decide ${axis.rubric}. Their order says nothing.`,
            instructionOf(soft, critique)
          ],
          [
            ["question", row.prompt],
            ["evidence", Evidence.textOf(axis.evidence, row, [first, second])],
            ["first", first.text],
            ["second", second.text]
          ]
        )
        const outcome = yield* ask(Judging.requestOf(judging, question, context.seed, task, text))
        const judgment: Judgment = {
          ...Judging.blank(question, provider),
          plantedCorrect: outcome.completion.planted?.correct ?? null
        }
        return Judging.judged(outcome.ok ? { ...judgment, ...said(outcome.value, axis.negated) } : judgment, outcome)
      })
      return Effect.map(
        forEachCall(Judging.questionsOf(judging, row, context.seed, things), (question) => askForRow(one(question))),
        (made) => Judging.keepJudgments(before, soft ? settled(before, made, orders) : made)
      )
    }
  })
}

type Said = Pick<Judgment, "critique" | "score" | "verdict">

const askFirmly = (critique: boolean) => {
  const schema = Schema.Struct({ ...(critique ? { critique: Schema.String } : {}), verdict })
  const ask = askStructured({ name: "comparison", schema: schema as unknown as Schema.Codec<Answer> })
  return (request: Request) =>
    Effect.map(ask(request), (outcome): StructuredOutcome<Said> =>
      outcome.ok
        ? {
            ...outcome,
            value: { verdict: outcome.value.verdict, critique: wordsOrNull(outcome.value.critique), score: null }
          }
        : outcome
    )
}

/** As many alternatives as servers give. */
const alternatives = 20

/** Asks for one token and reads the gap; the verdict is not there yet. */
const askSoftly = Effect.fnUntraced(function* (
  given: Request
): Effect.fn.Return<
  StructuredOutcome<Said>,
  Effect.Error<ReturnType<LanguageModel["Service"]["complete"]>>,
  LanguageModel
> {
  const service = yield* LanguageModel
  // A few tokens, because some models begin with white space.
  const request: Request = { ...given, maxTokens: 4, topLogProbs: alternatives }
  const completion = yield* service.complete(request)
  const failed = refusalOf(completion)
  const gap = failed === null ? answerGap(completion, ["1", "2"]) : failed.problem
  if (typeof gap === "number") {
    return { ok: true, value: { score: gap, verdict: null, critique: null }, completion, repaired: false }
  }
  const reason = failed?.reason ?? "malformed answer"
  yield* refuseAnswer(request, reject(reason, gap))
  return { ok: false, reason, problem: gap, completion }
})

const refusalOf = ({ finishReason }: Completion) => {
  if (finishReason === "refusal") return { reason: "refused", problem: "the model refused to answer" } as const
  if (finishReason !== "contentFilter") return null
  return { reason: "content filter", problem: "a content filter stopped the answer" } as const
}

/** What was said, as it counts on the axis. */
const said = ({ critique, score, verdict: given }: Said, isNegated: boolean): Said => {
  if (!isNegated) return { critique, score, verdict: given }
  const turned = given === "first" ? "second" : given === "second" ? "first" : given
  return { critique, score: score === null ? null : 0 - score, verdict: turned }
}

/** Gives soft judgments their verdicts: those both orders agree on, or where one order was asked for, what its sign says. */
const settled = (
  before: ReadonlyArray<Judgment>,
  made: Parameters<typeof agreedVerdicts>[1],
  orders: "both" | "one"
): ReturnType<typeof agreedVerdicts> =>
  orders === "both"
    ? agreedVerdicts(before, made)
    : made.map((one) =>
        one instanceof Rejection || one.given.score === null
          ? one
          : noting({ ...one.given, verdict: verdictOf(one.given.score) }, one.notes)
      )

const instructionOf = (soft: boolean, critique: boolean): string => {
  if (soft) return "Reply with one character and nothing else: 1 for the first answer, 2 for the second."
  return critique
    ? `First write down your reasons. Reply as JSON: {"critique": string, "verdict": "first" | "second" | "tie"}.`
    : `Reply as JSON: {"verdict": "first" | "second" | "tie"}.`
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
