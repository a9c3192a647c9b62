import * as Schema from "effect/Schema"
import type { Flags } from "../cleaners/Flags.ts"
import type { ResponseLogProbs } from "../cleaners/followingDifficulty.ts"
import { ifd } from "../cleaners/ifd.ts"
import { ifdGap } from "../cleaners/ifdGap.ts"
import { llmJudge } from "../cleaners/llmJudge.ts"
import { type Amount, lowestFraction } from "../cleaners/lowestFraction.ts"
import { rwGap } from "../cleaners/rwGap.ts"
import { tagCmp } from "../cleaners/tagCmp.ts"
import { tagDiv } from "../cleaners/tagDiv.ts"
import { voteAll } from "../cleaners/voteAll.ts"
import { voteMaj } from "../cleaners/voteMaj.ts"
import type { InputOf } from "../Stage.ts"

/** Columns with the log-probabilities of one response, in nats, summed over its tokens; null is missing. */
export interface ResponseColumns<Column extends string> {
  readonly givenPrompt: Column
  /** The same tokens without the prompt. */
  readonly alone: Column
  /** Number of tokens. */
  readonly nTokens: Column
}

/** The rule that reads a judge's score of each response, both on one scale; null and NaN are missing. */
export interface JudgeRule<Column extends string> {
  readonly rule: "llmJudge"
  readonly chosen: Column
  readonly rejected: Column
}

/** The rules that read numbers of several reward models; null and NaN are missing. */
export type ModelsRule<Column extends string> =
  /** Per model, reward of the chosen response less that of the rejected one. */
  | { readonly rule: "rwGap"; readonly gaps: ReadonlyArray<Column>; readonly amount: Amount }
  /** Per model in the same order, its score of each response. */
  | {
      readonly rule: "voteMaj" | "voteAll"
      readonly chosen: ReadonlyArray<Column>
      readonly rejected: ReadonlyArray<Column>
    }

/** The rules that read log-probabilities, and the lengths of the texts `chosen` and `rejected`. */
export type LogProbRule<Column extends string> =
  | { readonly rule: "ifd"; readonly chosen: ResponseColumns<Column>; readonly amount: Amount }
  | {
      readonly rule: "ifdGap"
      readonly chosen: ResponseColumns<Column>
      readonly rejected: ResponseColumns<Column>
      readonly amount: Amount
    }

/** The rules that read a list of tags per prompt; they keep `nSelected` rows (default 6000) and flag all others. */
export interface TagRule<Column extends string> {
  readonly rule: "tagCmp" | "tagDiv"
  readonly tags: Column
  readonly nSelected?: number
}

/** A rule of your own: a score per row, of which the lowest are flagged. */
export interface OwnRule<N extends Schema.Struct.Fields> {
  readonly rule: {
    readonly name: string
    readonly needs: N
    /** Low where the order is suspect, NaN where nothing is known; a pure function of the row. */
    readonly score: (row: InputOf<N, {}>) => number
  }
  readonly amount: Amount
}

/** Any rule, whatever its columns. */
export type AnyRule =
  | JudgeRule<string>
  | ModelsRule<string>
  | LogProbRule<string>
  | TagRule<string>
  | OwnRule<Schema.Struct.Fields>

/** What a rule reads of a row. */
export const needsOf = (rule: AnyRule): Schema.Struct.Fields => {
  if (typeof rule.rule === "object") return rule.rule.needs
  if ("tags" in rule) return { [rule.tags]: Schema.Array(Schema.String) }
  const numbers = Object.fromEntries(numbersOf(rule).map((name) => [name, Schema.NullOr(Schema.Number)]))
  return "amount" in rule && rule.rule !== "rwGap"
    ? { ...numbers, chosen: Schema.String, rejected: Schema.String }
    : numbers
}

/** The numbers that a rule keeps of every row, as columns in this order, behind them the lengths of both texts for IFD. */
export const numbersOf = (
  rule: JudgeRule<string> | ModelsRule<string> | LogProbRule<string>
): ReadonlyArray<string> => {
  switch (rule.rule) {
    case "llmJudge":
      return [rule.chosen, rule.rejected]
    case "rwGap":
      return rule.gaps
    case "voteMaj":
    case "voteAll":
      return [...rule.chosen, ...rule.rejected]
    case "ifd":
      return ofResponse(rule.chosen)
    case "ifdGap":
      return [...ofResponse(rule.chosen), ...ofResponse(rule.rejected)]
  }
}

const ofResponse = ({ givenPrompt, alone, nTokens }: ResponseColumns<string>) => [givenPrompt, alone, nTokens]

/** What a rule has kept of all rows: numbers row by row, or the tags of each. */
export interface Evidence {
  readonly rowId: ReadonlyArray<string>
  /** N×M: the columns of `numbersOf`, for IFD with the characters of both texts; for a rule of your own its score. */
  readonly numbers: Float64Array
  readonly tags: ReadonlyArray<ReadonlyArray<string>>
}

/** Applies a rule to the evidence of all rows; `seed` is for "tagDiv". Throws a RangeError as the rule does. */
export const flagsOf = (rule: AnyRule, { numbers, rowId, tags }: Evidence, seed: string): Flags => {
  if (typeof rule.rule === "object") {
    return { score: numbers, flagged: lowestFraction(numbers, rowId, rule.amount) }
  }
  if ("tags" in rule) {
    const { nSelected, rule: name } = rule
    const input = { tags, rowId, ...(nSelected === undefined ? {} : { nSelected }) }
    return name === "tagCmp" ? tagCmp(input) : tagDiv(input, seed)
  }
  const nColumns = rowId.length === 0 ? 0 : numbers.length / rowId.length
  const block = (from: number, n: number) =>
    Float64Array.from({ length: rowId.length * n }, (_, k) => numbers[Math.floor(k / n) * nColumns + from + (k % n)]!)
  const response = (from: number, characters: number): ResponseLogProbs => ({
    logProbGivenPrompt: block(from, 1),
    logProbAlone: block(from + 1, 1),
    nTokens: Int32Array.from(block(from + 2, 1)),
    nCharacters: Int32Array.from(block(characters, 1))
  })
  switch (rule.rule) {
    case "llmJudge":
      return llmJudge(block(0, 1), block(1, 1))
    case "rwGap":
      return rwGap({ gaps: numbers, nModels: rule.gaps.length, rowId }, rule.amount)
    case "voteMaj":
    case "voteAll": {
      const nModels = rule.chosen.length
      const votes = { chosenScores: block(0, nModels), rejectedScores: block(nModels, nModels), nModels }
      return rule.rule === "voteMaj" ? voteMaj(votes) : voteAll(votes)
    }
    case "ifd":
      return ifd(response(0, 3), rowId, rule.amount)
    case "ifdGap":
      return ifdGap(response(0, 6), response(3, 7), rowId, rule.amount)
  }
}
