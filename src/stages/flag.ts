import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { TypedList } from "../math/TypedList.ts"
import { type RowOf, type Stage, whole } from "../Stage.ts"
import { type AnyRule, flagsOf, type LogProbRule, type ModelsRule, needsOf, numbersOf } from "./FlagRule.ts"
import type { JudgeRule, OwnRule, TagRule } from "./FlagRule.ts"

const gives = { suspicion: Schema.NullOr(Schema.Finite), flagged: Schema.Boolean }

/** The columns `flag` adds. */
export type FlagGives = RowOf<typeof gives>

/** Makes a stage that flags pairs by a rule; one signature for each kind of evidence. */
export interface Flag {
  <const Column extends string>(
    rule: JudgeRule<Column>
  ): Stage<{ readonly id: string } & { readonly [K in Column]: number | null }, FlagGives, true>
  <const Column extends string>(
    rule: ModelsRule<Column>
  ): Stage<{ readonly id: string } & { readonly [K in Column]: number | null }, FlagGives, true>
  <const Column extends string>(
    rule: LogProbRule<Column>
  ): Stage<
    { readonly id: string; readonly chosen: string; readonly rejected: string } & {
      readonly [K in Column]: number | null
    },
    FlagGives,
    true
  >
  <const Column extends string>(
    rule: TagRule<Column>
  ): Stage<{ readonly id: string } & { readonly [K in Column]: ReadonlyArray<string> }, FlagGives, true>
  <const N extends Schema.Struct.Fields>(rule: OwnRule<N>): Stage<{ readonly id: string } & RowOf<N>, FlagGives, true>
}

/**
 * Finds suspect pairs by one of the eight rules of PrefCleanBench or one of your own, and does nothing about them (see `treat`).
 *
 * Every row goes on with `flagged` and with `suspicion`, minus the score of the rule in the rule's own unit: the higher, the more
 * suspect; null where evidence is missing, and such a row is not flagged. Evidence comes from columns named here:
 * - "llmJudge": `chosen`, `rejected`, a judge's score of each response. Flags where the rejected one has more.
 * - "rwGap": `gaps`, one column per reward model, chosen less rejected. Flags the `amount` with the lowest mean.
 * - "voteMaj", "voteAll": `chosen`, `rejected`, one score column per reward model each, in the same order. Flags what fewer than
 *   half of the models, or none, agree with.
 * - "tagCmp", "tagDiv": `tags`, a list of the prompt's tags. Flags all but `nSelected` (default 6000) rows with most tags, or
 *   with tags that cover those of all.
 * - "ifd", "ifdGap": `givenPrompt`, `alone` and `nTokens` of `chosen`, for "ifdGap" also of `rejected`; reads the texts for
 *   their length. Flags the `amount` with the lowest score, and "ifd" all with a score above 1 besides, so there a low suspicion
 *   is suspect too.
 * - `{ name, needs, score }`: flags the `amount` with the lowest score.
 *
 * Publishes a finding: the rule, the columns read, how many rows were flagged and how many had no evidence.
 * `amount` is `{ fraction }` of the rows with a score, rounded down, or `{ budget }`. Ties go by id, which should be unique; the
 * order of rows and the batches change nothing. Only "tagDiv" draws, by the run's seed and the row's id. Memory is the
 * row's id, 8 bytes a number, and the tags. Throws a RangeError on options out of range when the stage is made.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; each rule by itself is in `cleaners`
 */
export const flag: Flag = (rule: AnyRule) => {
  refuse(rule)
  const name = typeof rule.rule === "object" ? rule.rule.name : rule.rule
  const config = typeof rule.rule === "object" ? { ...rule, rule: name, score: String(rule.rule.score) } : rule
  return whole({
    name: "flag",
    needs: { id: Schema.String, ...needsOf(rule) },
    gives,
    keeps: true,
    config,
    begin: ({ key, publish, seed }) => {
      const rowId: Array<string> = []
      const numbers = new TypedList(Float64Array)
      const tags: Array<ReadonlyArray<string>> = []
      const read = reader(rule, numbers, tags)
      return {
        see: (row) => {
          rowId.push(row["id"])
          read(row)
        },
        settle: Effect.sync(() => {
          const { flagged, score } = flagsOf(rule, { rowId, numbers: numbers.values, tags }, `${key} ${seed}`)
          publish({
            kind: "flags",
            rule: name,
            evidence: Object.keys(needsOf(rule)),
            nRows: rowId.length,
            flagged: flagged.reduce((sum, one) => sum + one, 0),
            unscored: score.reduce((sum, value) => sum + Number(!Number.isFinite(value)), 0)
          })
          return (_row, index) => {
            const suspicion = 0 - score[index]!
            return [{ suspicion: Number.isFinite(suspicion) ? suspicion : null, flagged: flagged[index] === 1 }]
          }
        })
      }
    }
  }) as unknown as Stage<never, FlagGives, true>
}

/** Takes what the rule will need out of a row. */
const reader = (rule: AnyRule, numbers: TypedList<Float64Array>, tags: Array<ReadonlyArray<string>>) => {
  type Row = Readonly<Record<string, unknown>>
  if (typeof rule.rule === "object") {
    const { score } = rule.rule
    return (row: Row) => numbers.push(score(row))
  }
  if ("tags" in rule) return (row: Row) => void tags.push(row[rule.tags] as ReadonlyArray<string>)
  const columns = numbersOf(rule)
  const texts = rule.rule === "ifd" ? ["chosen"] : rule.rule === "ifdGap" ? ["chosen", "rejected"] : []
  return (row: Row) => {
    for (const column of columns) numbers.push((row[column] as number | null) ?? Number.NaN)
    for (const text of texts) numbers.push((row[text] as string).length)
  }
}

/** Refuses options out of range now, not when every pair is there. */
const refuse = (rule: AnyRule): void => {
  const isVote = rule.rule === "voteMaj" || rule.rule === "voteAll"
  if (isVote && rule.chosen.length !== rule.rejected.length) {
    throw new RangeError(
      `Cannot flag by "${rule.rule}": found ${rule.chosen.length} columns for chosen and ${rule.rejected.length} for rejected, expected one of each per model`
    )
  }
  if (rule.rule === "rwGap" && rule.gaps.length === 0) {
    throw new RangeError('Cannot flag by "rwGap": found no column with gaps, expected one per model')
  }
  flagsOf(rule, { rowId: [], numbers: new Float64Array(), tags: [] }, "")
}
