import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { enrich, type RowOf, type Stage } from "../Stage.ts"
import { judges } from "./Annotator.ts"
import * as Judging from "./Judging.ts"

/** What a rule says of two candidates; null where it says nothing. */
type RuleVerdict = "first" | "second" | "tie" | null

/** Whose opinions a rule stands for, and the rule: a score of one candidate, or a verdict on two. */
export type JudgeByRuleOptions<F extends Schema.Struct.Fields = {}> = {
  /** Names alone, or with the share of the prompts, 0 to 1, that each judges. */
  readonly annotators: ReadonlyArray<string | { readonly name: string; readonly share?: number }>
  /** What the judgments are filed on. Default "overall". */
  readonly axis?: string
  /** Columns that the rule reads besides the group; a pipeline without them does not compile. */
  readonly slots?: F
} & (
  | {
      /** A score; null where the rule says nothing. */
      readonly of: (row: Judging.GroupRow & RowOf<F>, candidate: Candidate, annotator: string) => number | null
    }
  | {
      /** A verdict on two candidates, the first being the earlier one in the group; null where the rule says nothing. */
      readonly between: (
        row: Judging.GroupRow & RowOf<F>,
        first: Candidate,
        second: Candidate,
        annotator: string
      ) => RuleVerdict
    }
)

/**
 * Judges by a rule in place of a model: synthetic annotators of known tastes, such as a group that prefers the longer answer.
 *
 * With `of` each candidate with text gets a rating, with `between` each pair of different texts a comparison, in the order of the
 * group. The judgments are marked as a rule's. What an annotator has said on this axis already is not said again. A rule has to be pure; it is
 * the same for all its annotators and may tell them apart by name. A score that is no finite number is an error of the recipe and
 * stops the run. Costs no call. Throws on two annotators of one name.
 */
export const judgeByRule = <F extends Schema.Struct.Fields = {}>(
  options: JudgeByRuleOptions<F>
): Stage<Judging.GroupRow & RowOf<F>, RowOf<typeof Judgments>, true> => {
  const { axis, ...rest } = options
  const judging = Judging.make(
    "judge.rule",
    { annotators: options.annotators, ...(axis === undefined ? {} : { axis }) },
    "rule"
  )
  const opinionsOn = (row: Judging.GroupRow & RowOf<F>, annotator: string): ReadonlyArray<Opinion> => {
    const texts = row.candidates.filter(({ text }) => text.trim() !== "")
    if ("of" in rest) {
      return texts.map((candidate) => {
        const score = rest.of(row, candidate, annotator)
        if (score === null || Number.isFinite(score))
          return { firstId: candidate.id, secondId: null, score, verdict: null }
        throw new Error(
          `Cannot judge candidate "${candidate.id}" by the rule of "${annotator}": found ${score}, expected a finite number or null`
        )
      })
    }
    const different = texts.filter(({ text }, i) => texts.findIndex((other) => other.text === text) === i)
    return different.flatMap((first, i) =>
      different.slice(i + 1).map((second) => ({
        firstId: first.id,
        secondId: second.id,
        score: null,
        verdict: rest.between(row, first, second, annotator)
      }))
    )
  }
  return enrich({
    name: "judge.rule",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: {
      annotators: judging.annotators.map(({ name, share }) => ({ name, share })),
      axis: judging.axes[0]!.axis,
      rule: String("of" in rest ? rest.of : rest.between),
      slots: Object.keys(options.slots ?? {})
    },
    rows: (rows, { seed }) =>
      rows.map((row) => {
        const made = judging.annotators
          .filter((annotator) => judges(annotator, row.id, seed))
          .flatMap((annotator) => {
            const opinions = opinionsOn(row as unknown as Judging.GroupRow & RowOf<F>, annotator.name)
            const said = opinions.filter(({ score, verdict }) => score !== null || verdict !== null)
            const questions = Judging.questionsOf({ ...judging, annotators: [annotator] }, row, seed, said)
            return questions.map((question): Judgment => ({
              ...Judging.blank(question, { simulated: false }),
              annotatorKind: "rule",
              score: question.thing.score,
              verdict: question.thing.verdict
            }))
          })
        return { judgments: [...(row.judgments ?? []), ...made] }
      })
  })
}

type Opinion = Pick<Judgment, "firstId" | "score" | "secondId" | "verdict">
