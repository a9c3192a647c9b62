import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Labels } from "../../schemas/Label.ts"
import { Unpaired } from "../../schemas/Unpaired.ts"
import { plainText } from "../math/plainText.ts"
import type { Contender } from "../pairings/Contender.ts"
import { cutPairs, type Draw } from "../pairings/cutPairs.ts"
import * as PairRule from "../pairings/PairRule.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf } from "../Stage.ts"
import { usableContenders } from "./usableContenders.ts"

/** What makes a completion wanted or unwanted: its score, or the side it stands on in the pairs of some rules. */
export type UnpairedBy =
  /** Wanted from `high` up, unwanted from `low` down, both included, left out between; `high` is above `low`. */
  | { readonly by: "score"; readonly high: number; readonly low: number }
  /** Wanted above the mean or median score of the prompt, unwanted below, left out where equal. */
  | { readonly by: "mean" | "median" }
  /** Wanted where it is chosen, unwanted where it is rejected. */
  | { readonly by: "side"; readonly rules: ReadonlyArray<PairRule.PairRule> }

interface Labelled {
  readonly of: Contender
  readonly label: boolean
  readonly rule: string
}

/**
 * Labels completions as wanted or not, one row each, for trainers that read no pairs (KTO).
 *
 * Scores, and the candidates that count, are those of `pair`. Each text of a prompt stands once. One that is wanted by one label
 * and unwanted by another (chosen here and rejected there, or equal texts with scores on both sides) is left out and told in the
 * rejects, and a prompt without a label is a reject. The two labels need not be balanced. Throws a RangeError unless `high` is above
 * `low`, and on rules as `pair` does.
 */
export const unpaired = (options: UnpairedBy) => {
  if (options.by === "score" && !(options.high > options.low)) {
    const { high, low } = options
    throw new RangeError(`Cannot label by score: found high ${high} and low ${low}, expected high above low`)
  }
  const rules = options.by === "side" ? PairRule.checked(options.rules) : []
  return reshape({
    name: "unpaired",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    uses: Labels,
    gives: Unpaired,
    keeps: false,
    config: options.by === "side" ? { by: "side", rules: rules.map(PairRule.describe) } : options,
    row: (row, context): ReadonlyArray<RowOf<typeof Unpaired> | Rejection> => {
      const contenders = usableContenders(row).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const labelled =
        options.by === "side"
          ? bySide(contenders, rules, (...key) => context.random(row.id, ...key)())
          : byScore(contenders, options)
      const byText = new Map<string, Array<Labelled>>()
      for (const one of labelled) {
        const text = plainText(one.of.text)
        byText.set(text, [...(byText.get(text) ?? []), one])
      }
      if (byText.size === 0) return [reject("no label", `none of ${row.candidates.length} candidates got a label`)]
      return [...byText.values()].map((all) => {
        const { label, of, rule } = all[0]!
        if (all.some((other) => other.label !== label)) {
          return reject("both labels", `"${of.id}" is wanted by one label and unwanted by another`)
        }
        return {
          id: contentId(row.id, "unpaired", of.id),
          promptId: row.id,
          prompt: row.prompt,
          completion: of.text,
          label,
          completionId: of.id,
          model: of.model,
          score: of.score,
          rule,
          errorType: of.injection?.errorType ?? null,
          plantedQuality: of.plantedQuality
        }
      })
    }
  })
}

const byScore = (
  contenders: ReadonlyArray<Contender>,
  options: Exclude<UnpairedBy, { readonly by: "side" }>
): ReadonlyArray<Labelled> => {
  const scores = contenders.flatMap(({ score }) => score ?? []).toSorted((a, b) => a - b)
  if (scores.length === 0) return []
  const middle =
    options.by === "median"
      ? (scores[Math.floor((scores.length - 1) / 2)]! + scores[Math.floor(scores.length / 2)]!) / 2
      : scores.reduce((sum, score) => sum + score, 0) / scores.length
  return contenders.flatMap((of) => {
    if (of.score === null) return []
    const isWanted = options.by === "score" ? of.score >= options.high : of.score > middle
    const isUnwanted = options.by === "score" ? of.score <= options.low : of.score < middle
    return isWanted || isUnwanted ? [{ of, label: isWanted, rule: options.by }] : []
  })
}

const bySide = (
  contenders: ReadonlyArray<Contender>,
  rules: ReadonlyArray<PairRule.PairRule>,
  draw: Draw
): ReadonlyArray<Labelled> =>
  rules
    .flatMap((given) => cutPairs(contenders, given, draw).pairs)
    .flatMap(({ chosen, rejected, rule }) => [
      { of: contenders[chosen]!, label: true, rule },
      { of: contenders[rejected]!, label: false, rule }
    ])
