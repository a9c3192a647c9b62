import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import type * as Pipeline from "../Pipeline.ts"
import { reject, Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { each, reshape, type RowOf, type Stage } from "../Stage.ts"
import { type Annotator, type FullAnnotator, fullAnnotators } from "./Annotator.ts"
import { askGap } from "./askGap.ts"
import * as Evidence from "./Evidence.ts"
import type * as Judging from "./Judging.ts"

type Fields = Schema.Struct.Fields

/** Who says which preference is stronger, by what, knowing what, and what becomes of ties. */
export interface CompareGapsOptions<F extends Fields = {}> {
  /**
   * The judges; their names become the `labelSource`. A share is that of the comparisons a judge is asked about; others are rejects.
   * Several make a comparison of each row for each of them.
   */
  readonly annotators: readonly [Annotator, ...ReadonlyArray<Annotator>]
  /** What decides, in words that follow "Decide". Default: in which of the two the preferred answer is better by more. */
  readonly rubric?: string
  /** Columns that evidence reads; a pipeline without them does not compile. */
  readonly slots?: F
  /** Shown to the judge beside the two preferences. Default nothing. */
  readonly evidence?: Evidence.Evidence<NoInfer<F>, ComparedRow>
  /** Two preferences that are as strong as each other: the comparison is dropped (default) or kept with `tie`. */
  readonly tie?: "drop" | "keep"
  /** Tokens of an answer at most. Default 64; a model that thinks before it answers needs more. */
  readonly maxTokens?: number
}

const needed = { id: Schema.String, strong: PairOfPairs.strong, weak: PairOfPairs.weak }
type ComparedRow = RowOf<typeof needed>

const columns = {
  strong: PairOfPairs.strong,
  weak: PairOfPairs.weak,
  labelSource: PairOfPairs.labelSource,
  tie: PairOfPairs.tie,
  flipped: PairOfPairs.flipped
}

type Compared = RowOf<typeof columns>

/**
 * Has judges say which of two preferences is stronger, and labels the pair of pairs by it, in place of the label it had.
 *
 * Each comparison is shown in both orders. Where both verdicts name one pair it is the strong side; two ties are a tie. What has no such
 * label is a reject with the reason, such as "orders disagree"; see `askGap`. Margins stay as they were, and are not shown.
 * `flipped` becomes false. With several annotators a stage in front, `compareGaps.annotators`, repeats each row for each of them, with an
 * id of its own; `pairStrengths` then counts each one's label. Temperature 0. Costs two calls for each row and annotator, and one
 * for each follow-up. Throws as `fullAnnotators` does, and where evidence is no slot.
 */
export const compareGaps = <F extends Fields = {}>(
  options: CompareGapsOptions<F>
): Judging.Asking<ComparedRow & RowOf<F>, Compared> => {
  const { evidence, maxTokens, rubric, slots = {}, tie = "drop" } = options
  Evidence.check("compareGaps", slots, evidence)
  const annotators = fullAnnotators(options.annotators)
  const byName = new Map(annotators.map((annotator) => [annotator.name, annotator]))
  const only = annotators.length === 1 ? annotators[0]! : null
  const label = each({
    name: "compareGaps",
    needs: { ...slots, ...needed },
    uses: { labelSource: Schema.String },
    gives: columns,
    config: {
      annotators,
      rubric: rubric ?? null,
      slots: Object.keys(slots),
      evidence: Evidence.describe(evidence),
      tie,
      ...(maxTokens === undefined ? {} : { maxTokens })
    },
    callsPerRow: 2,
    prefers: ["jsonSchema"],
    row: (row, { seed }) => {
      const annotator = only ?? byName.get(row.labelSource!)!
      const said = askGap({
        id: row.id,
        first: row.strong,
        second: row.weak,
        annotator,
        rubric,
        evidence: Evidence.textOf(evidence, row),
        maxTokens,
        seed
      })
      return Effect.map(said, (verdict): Compared | Rejection => {
        if (verdict instanceof Rejection) return verdict
        if (verdict === "tie" && tie === "drop") {
          return reject("tie", `${annotator.name} finds both preferences as strong`)
        }
        const [strong, weak] = verdict === "second" ? [row.weak, row.strong] : [row.strong, row.weak]
        return { strong, weak, labelSource: annotator.name, tie: verdict === "tie", flipped: false }
      })
    }
  }) as unknown as Judging.Asking<ComparedRow & RowOf<F>, Compared>
  return only === null ? repeated(label, annotators) : label
}

/** A stage that labels, behind one that repeats each row for each annotator. */
const repeated = <S extends Stage<ComparedRow, Compared, true>>(
  label: S,
  annotators: ReadonlyArray<FullAnnotator>
): S => {
  const repeat = reshape({
    name: "compareGaps.annotators",
    needs: needed,
    gives: { id: Schema.String, labelSource: Schema.String },
    keeps: true,
    config: { annotators: annotators.map(({ name }) => name) },
    row: ({ id }) => annotators.map(({ name }) => ({ id: contentId(id, name), labelSource: name }))
  })
  const { config, gives, keeps, name, needs } = label
  const both = (input: Pipeline.Pipeline<ComparedRow>) => label(repeat(input))
  Object.defineProperty(both, "name", { value: name })
  return Object.assign(both, { config, gives, keeps, needs }) as unknown as S
}
