import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { reject } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf, type Stage, type StageContext } from "../Stage.ts"
import * as Judging from "./Judging.ts"

/** What the judge is asked, in which orders the answers are shown, and what the questions take along. */
export interface JudgeExamplesOptions<F extends Schema.Struct.Fields = {}, C extends Schema.Struct.Fields = {}> {
  /** Completes "decide …", for all rows or made of the columns in `slots`. Default: which of the two serves the person who asked better. */
  readonly rubric?: string | ((row: RowOf<F>) => string)
  /** The columns that the rubric reads. Default none. */
  readonly slots?: F
  /** Shows each pair in both orders ("both", default), or in one: that of `chosenFirst` where there is one, else a drawn one. */
  readonly orders?: "both" | "one"
  /** Columns of the pair that each of its questions gets as well. Default none. */
  readonly carry?: C
}

/** As `JudgeExamplesOptions`, with verdicts that were given. */
export interface GivenVerdictsOptions<
  F extends Schema.Struct.Fields = {},
  C extends Schema.Struct.Fields = {}
> extends JudgeExamplesOptions<F, C> {
  /** Takes the verdicts that annotators gave on the two, with their reasons, right or wrong. */
  readonly from: "judgments"
}

const question = {
  id: Schema.String,
  pairId: Schema.String,
  prompt: Schema.String,
  reference: Schema.Literals(["first", "second"])
}
const answered = { ...question, completion: Schema.String }
const grouped = { ...question, ...Candidates, ...Judgments }
const pairTexts = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const opinions = { ...Candidates, ...Judgments }

/** Makes a stage that turns pairs into questions for a judge, answered by the pair itself or by verdicts that were given. */
export interface JudgeExamples {
  <F extends Schema.Struct.Fields = {}, C extends Schema.Struct.Fields = {}>(
    options: GivenVerdictsOptions<F, C>
  ): Stage<
    RowOf<typeof pairTexts> & RowOf<typeof opinions> & RowOf<F> & RowOf<C>,
    RowOf<typeof grouped> & RowOf<C>,
    false
  >
  <F extends Schema.Struct.Fields = {}, C extends Schema.Struct.Fields = {}>(
    options?: JudgeExamplesOptions<F, C>
  ): Stage<RowOf<typeof pairTexts> & RowOf<F> & RowOf<C>, RowOf<typeof answered> & RowOf<C>, false>
}

interface Row extends RowOf<typeof pairTexts> {
  readonly chosenFirst?: boolean
  readonly candidates?: ReadonlyArray<Candidate>
  readonly judgments?: ReadonlyArray<Judgment>
}

/**
 * Turns each pair into questions for a judge: a prompt that shows both answers and the rubric, and what is to be said of them.
 *
 * For training judges and generative reward models. One row for each order in which the answers are shown; `reference` is the place of the chosen
 * one, `pairId` the pair's id. `completion` is the right verdict, "Answer: first" or "Answer: second": TRL's prompt-completion format.
 * With `from: "judgments"` there are candidates instead, one for each verdict that was given on the two in that order, the critique in
 * front; an order in which nobody gave one is a reject. Then the rest is as with any group: `verify({ checks: [Check.answer({ read:
 * finalAnswer })] })` finds the right ones, `pair` sets them against wrong ones, `examples.candidates` makes completions of them.
 *
 * The prompt is that of `judge.compare` but for the form of the reply. Costs no call. Throws a RangeError on a column to carry that a
 * question has of its own.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats#prompt-completion
 */
export const judgeExamples: JudgeExamples = <F extends Schema.Struct.Fields, C extends Schema.Struct.Fields>(
  options?: JudgeExamplesOptions<F, C> & { readonly from?: "judgments" }
) => {
  const {
    carry,
    from = "pairs",
    orders = "both",
    rubric = "which of the two answers serves the person who asked better",
    slots
  } = options ?? {}
  const gives: Schema.Struct.Fields = from === "pairs" ? answered : grouped
  const carried = Object.keys(carry ?? {})
  const twice = carried.find((name) => name in gives)
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot make judge examples: found "${twice}" to carry, expected a column that a question does not have of its own`
    )
  }
  return reshape({
    name: "judgeExamples",
    needs: { ...slots, ...carry, ...pairTexts, ...(from === "pairs" ? {} : opinions) },
    uses: { chosenFirst: Schema.Boolean },
    gives: { ...carry, ...gives },
    keeps: false,
    config: { from, orders, rubric: String(rubric), ...(carried.length === 0 ? {} : { carry: carried }) },
    row: (given, context) => {
      const row = given as unknown as Row
      const along = Object.fromEntries(
        carried.map((name) => [name, (given as Readonly<Record<string, unknown>>)[name]])
      )
      const task = [
        `Compare the two answers below and decide ${typeof rubric === "string" ? rubric : rubric(given as RowOf<F>)}. Their order says nothing.`,
        `${from === "pairs" ? "Reply with" : "First write down your reasons. End with"} "Answer: first" or "Answer: second".`
      ]
      return shown(row, orders, context).map((reference) => {
        const [first, second] = reference === "first" ? [row.chosen, row.rejected] : [row.rejected, row.chosen]
        const blocks = [
          ["question", row.prompt],
          ["first", first],
          ["second", second]
        ] as const
        const id = contentId(row.id, "judge", reference)
        const made = { ...along, id, pairId: row.id, prompt: Judging.told(task, blocks), reference }
        if (from === "pairs") return { ...made, completion: wordsOf(reference) }
        const candidates = verdictsOn(row, id, first, second)
        return candidates.length === 0
          ? reject(
              "no verdict",
              `nobody said which is better with the ${reference === "first" ? "chosen" : "rejected"} one first`
            )
          : { ...made, candidates, judgments: [] }
      })
    }
  }) as never
}

const wordsOf = (verdict: string): string => `Answer: ${verdict}`

/** The places of the chosen answer. */
const shown = (row: Row, orders: "both" | "one", context: StageContext): ReadonlyArray<"first" | "second"> => {
  if (orders === "both") return ["first", "second"]
  return [(row.chosenFirst ?? context.random(row.id, "order")() < 0.5) ? "first" : "second"]
}

/** The verdicts on two texts, shown in this order. */
const verdictsOn = ({ candidates = [], judgments = [] }: Row, id: string, first: string, second: string) => {
  const idsOf = (text: string) => new Set(candidates.flatMap((one) => (one.text === text ? [one.id] : [])))
  const [firstIds, secondIds] = [idsOf(first), idsOf(second)]
  return judgments
    .filter(({ firstId, secondId }) => firstIds.has(firstId) && secondId !== null && secondIds.has(secondId))
    .filter(({ verdict }) => verdict === "first" || verdict === "second" || verdict === "tie")
    .map(({ annotator: model, critique, verdict }, sampleIndex): Candidate => {
      const text = critique === null ? wordsOf(verdict!) : `${critique}\n${wordsOf(verdict!)}`
      return { ...originalAnswer, id: contentId(id, sampleIndex), text, kind: "verdict", model, sampleIndex }
    })
}
