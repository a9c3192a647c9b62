import * as Schema from "effect/Schema"
import { orderProbability } from "../cleaners/orderProbability.ts"

/** Log-probabilities of both responses under a policy, turned into a margin by the loss it was trained with. */
export interface LogProbEvidence {
  readonly kind: "logProb"
  readonly loss: "dpo" | "ipo" | "simpo" | "cpo"
  readonly beta: number
  /** Target margin of "simpo", at least 0; default 0. */
  readonly gamma?: number
  /** Columns under the policy, summed over the tokens; default "chosenGivenPrompt" and "rejectedGivenPrompt", as `logProb.pairs` gives them. */
  readonly chosen?: string
  readonly rejected?: string
  /** Columns under the reference, for "dpo" and "ipo"; default "ref_chosen_logps" and "ref_rejected_logps", as TRL wrote them. */
  readonly chosenReference?: string
  readonly rejectedReference?: string
  /** Columns with numbers of tokens, for "simpo"; default "chosenTokens" and "rejectedTokens". */
  readonly chosenTokens?: string
  readonly rejectedTokens?: string
}

/** What besides the labels says which response of a pair is better; a row where a column is null has no evidence. */
export type PairEvidence =
  | LogProbEvidence
  /** Score of the chosen response less that of the rejected one, in any unit. */
  | { readonly kind: "gap"; readonly column: string }
  /** Probability that the recorded order is right, in [0, 1], calibrated already: it is taken as it is. */
  | { readonly kind: "probability"; readonly column: string }
  /** A reward model of the texts, trained in the stage and asked only about prompts it did not see. */
  | { readonly kind: "texts" }

type Named<E, Option extends string, Default extends string> = E extends {
  readonly [K in Option]: infer Name extends string
}
  ? Name
  : Default

type ReferenceColumn<E> =
  | Named<E, "chosenReference", "ref_chosen_logps">
  | Named<E, "rejectedReference", "ref_rejected_logps">
type TokenColumn<E> = Named<E, "chosenTokens", "chosenTokens"> | Named<E, "rejectedTokens", "rejectedTokens">

/** The names of the columns that evidence is read from. */
export type ColumnOf<E> = E extends { readonly kind: "logProb"; readonly loss: infer Loss }
  ?
      | Named<E, "chosen", "chosenGivenPrompt">
      | Named<E, "rejected", "rejectedGivenPrompt">
      | (Loss extends "dpo" | "ipo" ? ReferenceColumn<E> : Loss extends "simpo" ? TokenColumn<E> : never)
  : Named<E, "column", never>

/** The columns that evidence is read from: chosen before rejected, the policy before the rest. */
export const columnsOf = (evidence: PairEvidence): ReadonlyArray<string> => {
  if (evidence.kind === "texts") return []
  if (evidence.kind !== "logProb") return [evidence.column]
  const { chosen = "chosenGivenPrompt", loss, rejected = "rejectedGivenPrompt" } = evidence
  const { chosenReference = "ref_chosen_logps", rejectedReference = "ref_rejected_logps" } = evidence
  const { chosenTokens = "chosenTokens", rejectedTokens = "rejectedTokens" } = evidence
  if (loss === "cpo") return [chosen, rejected]
  return [
    chosen,
    rejected,
    ...(loss === "simpo" ? [chosenTokens, rejectedTokens] : [chosenReference, rejectedReference])
  ]
}

/** What a stage needs to read evidence: numbers or null. */
export const needsOf = (evidence: PairEvidence): Schema.Struct.Fields =>
  Object.fromEntries(columnsOf(evidence).map((name) => [name, Schema.NullOr(Schema.Number)]))

/** Log-odds beyond this are cut off: the probabilities are out of the range of numbers. */
const mostLogOdds = 745

/**
 * Reads the evidence of one row about its recorded order; NaN where it is missing.
 *
 * A probability as it is, a gap in its own unit, log-probabilities as the log-odds of `orderProbability`, cut off at 745; exchanged
 * responses give the opposite. Throws a RangeError that names the row on a number out of range, or options out of range.
 */
export const valueOf = (evidence: PairEvidence, row: Readonly<Record<string, unknown>>): number => {
  const columns = columnsOf(evidence)
  const values = columns.map((name) => (row[name] as number | null) ?? Number.NaN)
  if (columns.length === 0 || values.some(Number.isNaN)) return Number.NaN
  if (evidence.kind !== "logProb") {
    const [value] = values
    const isBad = evidence.kind === "gap" ? !Number.isFinite(value) : !(value! >= 0 && value! <= 1)
    if (isBad) refuseValue(row, columns[0]!, value!, evidence.kind === "gap" ? "a finite number" : "0 to 1")
    return value!
  }
  const nLogProbs = evidence.loss === "simpo" ? 2 : values.length
  for (const [i, value] of values.entries()) {
    const isGood = Number.isFinite(value) && (i < nLogProbs ? value <= 0 : value > 0)
    if (!isGood) {
      refuseValue(
        row,
        columns[i]!,
        value,
        i < nLogProbs ? "a log-probability of at most 0" : "a number of tokens above 0"
      )
    }
  }
  const [a, b, c, d] = values
  const forward = probabilityOf(evidence, [a!, b!, c!, d!])
  const backward = probabilityOf(evidence, [b!, a!, d!, c!])
  return Math.max(-mostLogOdds, Math.min(mostLogOdds, Math.log(forward) - Math.log(backward)))
}

/** Refuses options out of range before any row is there. */
export const check = (evidence: PairEvidence): void => {
  if (evidence.kind === "logProb")
    probabilityOf(
      evidence,
      [-1, -1, 1, 1].map((value, i) => (i < 2 || evidence.loss === "simpo" ? value : -1))
    )
}

const probabilityOf = ({ beta, gamma = 0, loss }: LogProbEvidence, values: ReadonlyArray<number>): number => {
  const [logpChosen, logpRejected, third, fourth] = values.map((value) => Float64Array.of(value))
  const logProbs = { logpChosen: logpChosen!, logpRejected: logpRejected! }
  const [p] =
    loss === "simpo"
      ? orderProbability({ loss, beta, gamma, ...logProbs, nTokChosen: third!, nTokRejected: fourth! })
      : loss === "cpo"
        ? orderProbability({ loss, beta, ...logProbs })
        : orderProbability({ loss, beta, ...logProbs, refLogpChosen: third!, refLogpRejected: fourth! })
  return p!
}

const refuseValue = (
  row: Readonly<Record<string, unknown>>,
  column: string,
  value: number,
  expected: string
): never => {
  throw new RangeError(
    `Cannot clean pairs: found ${value} in column "${column}" of row "${String(row["id"])}", expected ${expected}, or null where it is missing`
  )
}
