import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { ContextPair } from "../../schemas/ContextPair.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Labels } from "../../schemas/Label.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { plainText } from "../math/plainText.ts"
import { TypedList } from "../math/TypedList.ts"
import * as Term from "../pairings/Term.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { type RowOf, type Stage, whole } from "../Stage.ts"
import { usableContenders } from "./usableContenders.ts"

/** Which prompts are contexts of each other, and which responses are paired. */
export interface PairContextsOptions<Column extends string> {
  /** The column whose equal values make prompts contexts of each other: variants of one question, or questions about one image. */
  readonly column: Column
  /** Which responses of a prompt are paired; default its best originals by score. */
  readonly response?: Term.Test
  /** Most pairs from one prompt, drawn by the run's seed; default no limit. */
  readonly maxPairs?: number
  /** The axis whose ratings are compared between prompts. Default "overall". */
  readonly axis?: string
}

/** What `pairContexts` reads besides the column of the contexts. */
type Needs<Column extends string> = RowOf<typeof group> & { readonly [K in Column]: string }

const group = { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments }

/**
 * Pairs contexts in place of responses: a response with the prompt it was written for, chosen, and with another one, rejected.
 *
 * Two prompts are contexts of each other where a column says so; nothing is guessed from their texts. That the response fits the
 * other prompt worse is known only where the same text was rated under both: then its rating has to be higher under its own
 * prompt, else there is no pair ("fits both"). Elsewhere it is assumed, and `margin` is null. Only ratings are compared, because comparisons
 * and labels know one prompt alone. Prompts that are equal but for white space and case make no pair. A prompt without a pair is a
 * reject with the reason. Memory is some 60 bytes a row; other contexts are read back from disk.
 */
export const pairContexts = <const Column extends string>(
  options: PairContextsOptions<Column>
): Stage<Needs<Column>, RowOf<typeof ContextPair>, false> => {
  const { axis = "overall", column, maxPairs = Number.POSITIVE_INFINITY, response = Term.isBest } = options
  if (!(maxPairs === Number.POSITIVE_INFINITY || (Number.isInteger(maxPairs) && maxPairs >= 1))) {
    throw new RangeError(`Cannot pair contexts: found maxPairs ${maxPairs}, expected a positive integer`)
  }
  const keyOf = (row: object) => (row as Readonly<Record<string, string>>)[column]!
  return whole({
    name: "pairContexts",
    needs: { ...group, [column]: Schema.String },
    uses: Labels,
    gives: ContextPair,
    keeps: false,
    config: { column, response: response.name, maxPairs: options.maxPairs ?? null, axis },
    begin: (context) => {
      const keys = new HashIndex()
      const keyOfRow = new TypedList(Int32Array)
      return {
        see: (row) => keyOfRow.push(keys.add(keyOf(row))),
        settle: Effect.sync(() => {
          const rowsOf = Array.from({ length: keys.size }, (): Array<number> => [])
          for (const [row, key] of keyOfRow.values.entries()) rowsOf[key]!.push(row)
          return (row, index, read) => {
            const contenders = usableContenders(row)
            const responses = contenders.filter((one) => response.of(one, one, context.random(row.id, "term", one.id)))
            if (responses.length === 0)
              return [reject("no response", `none of ${row.candidates.length} is "${response.name}"`)]
            const made: Array<{ readonly pair: RowOf<typeof ContextPair>; readonly at: number }> = []
            const problems: Array<Rejection> = []
            for (const other of rowsOf[keys.add(keyOf(row))]!) {
              if (other === index) continue
              const rejected = read(other)
              if (plainText(rejected.prompt) === plainText(row.prompt)) {
                problems.push(reject("identical", `prompts ${row.id} and ${rejected.id} are the same text`))
                continue
              }
              const there = usableContenders(rejected)
              for (const { id: responseId, model, ratings, text } of responses) {
                const twin = there.find((one) => plainText(one.text) === plainText(text))
                const scoreChosen = ratings.get(axis) ?? null
                const scoreRejected = twin?.ratings.get(axis) ?? null
                const margin = scoreChosen === null || scoreRejected === null ? null : scoreChosen - scoreRejected
                if (margin === null ? twin !== undefined : margin <= 0) {
                  const found = `${scoreChosen ?? "no rating"} here and ${scoreRejected ?? "no rating"} under ${rejected.id}`
                  problems.push(reject("fits both", `${responseId} was written for both prompts, with ${found}`))
                  continue
                }
                const id = contentId(row.id, "context", responseId, rejected.id)
                const pair = {
                  id,
                  response: text,
                  responseId,
                  model,
                  chosenPromptId: row.id,
                  chosenPrompt: row.prompt,
                  rejectedPromptId: rejected.id,
                  rejectedPrompt: rejected.prompt,
                  scoreChosen,
                  scoreRejected,
                  margin
                }
                made.push({ pair, at: context.random(row.id, "draw", id)() })
              }
            }
            if (made.length === 0) {
              return [problems[0] ?? reject("no other context", `no other prompt has "${keyOf(row)}" in "${column}"`)]
            }
            const taken = new Set(made.toSorted((a, b) => a.at - b.at).slice(0, maxPairs))
            return made.filter((one) => taken.has(one)).map(({ pair }) => pair)
          }
        })
      }
    }
  })
}
