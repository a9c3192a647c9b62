import { type Format, FormatFlaw, type Holding, type Preference, type Row } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { nemoRl } from "../formats/nemoRl.ts"
import { openrlhf } from "../formats/openrlhf.ts"
import { orderOf } from "../formats/PairRules.ts"
import { trlReward } from "../formats/trlReward.ts"
import { chosenSides, findScores } from "../formats/VoteSides.ts"
import { votes } from "../formats/votes.ts"
import { type Example, type Preflight, type PreflightFinding, severities, type Unchecked } from "../Preflight.ts"
import { isEncoding } from "./Encoding.ts"
import { preflightBiases } from "./preflightBiases.ts"
import { type CheckedRow, findingOf, type PreflightCheck } from "./PreflightCheck.ts"
import { preflightCopies } from "./preflightCopies.ts"
import { preflightLabels } from "./preflightLabels.ts"
import { preflightLoading } from "./preflightLoading.ts"
import { preflightNemo } from "./preflightNemo.ts"
import { preflightRegistry } from "./preflightRegistry.ts"
import { preflightTarget } from "./preflightTarget.ts"
import { preflightTexts } from "./preflightTexts.ts"
import { preflightTrl } from "./preflightTrl.ts"
import { countedIn, preflightTruncation } from "./preflightTruncation.ts"
import type { Tokenizer } from "./Tokenizer.ts"

/** What is known of data before their first record, and what is to be trained on them. */
export interface PreflightSetup {
  /** The name of the format the data are in. */
  readonly format: string
  readonly holding: Holding
  /** The name of the format that is trained on. Default: the one the data are in, where it is one. */
  readonly target?: string
  readonly tokenizer: Tokenizer
  /** Tokens of prompt and reply together that training keeps. */
  readonly maxLength: number
  /** Whether there can be several splits. */
  readonly withSplits: boolean
  /** Whether the rows come from JSON, which says nothing of types. */
  readonly isJson: boolean
  /** Whether a card beside the rows declares their columns; for a command that gets files, nobody knows. Default false. */
  readonly hasCard?: boolean
  /** A file of the data, beside which other files of the format are looked for; null looks for none. */
  readonly dataFile: string | null
  /** Why the data are not in the target's format, where they should be and are not. */
  readonly other?: { readonly found: string; readonly wanted: string }
}

/** A record, or why it cannot be read, with where it comes from. */
export interface RecordSeen {
  readonly record: Preference | FormatFlaw
  /** The row as trainers read it; absent where several make a record and where there is none. */
  readonly raw: Row | undefined
  readonly place: string
  /** Null where the data name none. */
  readonly split: string | null
}

/** A preflight that is under way. */
export interface RecordsPreflight {
  /** The format whose rules are looked at; null where there is none. */
  readonly target: string | null
  readonly see: (seen: RecordSeen) => void
  /** What was found; `rows` counts those that were seen and all others, `unread` rows or votes by the reason they could not be read. */
  readonly result: (rows: number, unread: ReadonlyMap<string, number>) => Preflight
}

/** Formats whose trainers put plain texts one behind the other and take the prompt's tokens for a prefix. */
const joinsTexts = /^trl-|^openrlhf$|^verl$/
/** Formats whose two replies stand in the order in which they were shown. */
const shownOrder = new Set([votes.name, "helpsteer", "helpsteer2-preference"])

/**
 * Starts to look through preference data for what would waste a training run, record by record, and keeps no text.
 *
 * Deterministic in the records and their order. Memory is some 100 bytes a row, with several splits 600 a different prompt, of at most
 * 500,000.
 */
export const preflightRecords = (setup: PreflightSetup): RecordsPreflight => {
  const { holding, maxLength, other, tokenizer } = setup
  const name = setup.target ?? (setup.format === votes.name ? undefined : setup.format)
  const target = formats.find((format) => format.name === name)
  const isRead = other === undefined && setup.format === target?.name
  const targetCheck = target === undefined ? null : preflightTarget(target, holding)
  const isProportional = target?.name.startsWith("llamafactory") === true
  const isChat = holding.style === "messages"
  const knowsTemplate = isChat && !isProportional && tokenizer.template !== null
  const isNemo = isRead && target === nemoRl
  const scores = scoreColumns(holding)
  const checks: ReadonlyArray<PreflightCheck> = [
    preflightTexts({ knowsTemplate, hasTokenizer: !isEncoding(tokenizer.name), hasSeam: target !== trlReward }),
    ...(isProportional
      ? []
      : [
          preflightTruncation({
            tokenizer,
            isChat,
            // OpenRLHF writes the end of the text over the last token that is left.
            maxLength: target === openrlhf ? Math.max(1, maxLength - 1) : maxLength,
            joinsTexts: target !== undefined && joinsTexts.test(target.name),
            dropsLonger: target === trlReward
          })
        ]),
    preflightBiases(shownOrder.has(setup.format)),
    preflightCopies(setup.withSplits),
    preflightLabels(isNemo ? "elsewhere" : target === undefined && setup.format === votes.name ? "votes" : "wrong"),
    ...(target?.onlyJsonLines === true
      ? []
      : [
          preflightLoading({
            isJson: setup.isJson,
            hasCard: setup.hasCard === true,
            textColumns: textColumns(holding)
          })
        ]),
    ...(isNemo ? [preflightNemo()] : []),
    ...(setup.target === undefined || isRead ? [preflightTrl(target?.name ?? "")] : []),
    ...(isRead && target?.companion !== undefined && setup.dataFile !== null
      ? [preflightRegistry(target, holding, setup.dataFile)]
      : []),
    ...(targetCheck === null ? [] : [targetCheck])
  ]
  const encoding = isProportional ? tokenizer.name : countedIn(tokenizer, isChat)
  const unread = new Map<string, number>()
  return {
    target: target?.name ?? null,
    see: ({ place, raw, record, split }) => {
      if (record instanceof FormatFlaw) {
        if (targetCheck === null) unread.set(record.reason, (unread.get(record.reason) ?? 0) + 1)
        else targetCheck.refuse({ id: null, place }, record)
        if (raw !== undefined) for (const check of checks) check.seeUnread?.({ id: null, place }, raw)
        return
      }
      const row = checkedRow({ id: record.id, place }, split, record, raw, scores)
      for (const check of checks) check.see(row)
    },
    result: (rows, alsoUnread) => {
      for (const [reason, n] of alsoUnread) unread.set(reason, (unread.get(reason) ?? 0) + n)
      const results = checks.map((check) => check.result(rows))
      const findings = [
        ...(other === undefined ? [] : otherFormat(rows, other)),
        ...[...unread].flatMap(([reason, n]) => unreadable(rows, reason, n)),
        ...results.flatMap((result) => result.findings)
      ].toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.rows - a.rows)
      return {
        format: setup.format,
        target: target?.name ?? null,
        encoding,
        maxLength,
        rows,
        findings,
        worst: findings[0]?.severity ?? null,
        unchecked: [...results.flatMap((result) => result.unchecked), ...uncheckedOf(target, isProportional)],
        notes: results.flatMap(({ notes }) => notes ?? [])
      }
    }
  }
}

const uncheckedOf = (target: Format | undefined, isProportional: boolean): ReadonlyArray<Unchecked> => [
  ...(isProportional
    ? [
        {
          check: "truncation",
          why: "LLaMA-Factory shortens prompt and replies in proportion, which is not followed here; for other formats the end is cut"
        }
      ]
    : []),
  ...(target === undefined
    ? [{ check: "the trainer's own rules", why: "no format to train on was named, and the data are in none" }]
    : [])
]

const unreadable = (rows: number, reason: string, n: number): ReadonlyArray<PreflightFinding> =>
  findingOf(
    rows,
    { rows: n, examples: [] },
    {
      check: "unreadable",
      severity: "silently wrong",
      what: `rows or votes that cannot be read: ${reason}`,
      remedy: "prefloom audit writes each with its place to rejects.parquet"
    }
  )

const otherFormat = (
  rows: number,
  { found, wanted }: NonNullable<PreflightSetup["other"]>
): ReadonlyArray<PreflightFinding> =>
  findingOf(
    rows,
    { rows, examples: [] },
    {
      check: "otherFormat",
      severity: "stops training",
      what: `the data are not in the format that is to be trained on: found ${found}, expected ${wanted}`,
      remedy: "prefloom convert them first"
    }
  )

/** The columns with scores of chosen and rejected that the format does not read itself, by the names that an audit knows. */
const scoreColumns = ({ extra, parts }: Holding) =>
  parts.some(({ part }) => part === "scores")
    ? undefined
    : findScores(chosenSides, (name) => extra.some((column) => column.name === name))

const textColumns = ({ parts }: Holding): ReadonlyArray<string> => [
  ...new Set(parts.filter(({ part }) => textParts.has(part)).map(({ column }) => column))
]

const textParts = new Set(["prompt", "chosen", "rejected", "candidates"])

const checkedRow = (
  example: Example,
  split: string | null,
  record: Preference,
  raw: Row | undefined,
  scores: ReturnType<typeof scoreColumns>
): CheckedRow => ({ example, split, record, raw, prompt: textOf(record.context), pair: pairOf(record, scores) })

const textOf = (messages: Preference["context"]): string =>
  messages.length === 1 ? (messages[0]!.content ?? "") : messages.map(({ content }) => content ?? "").join("\n")

/** The best and the worst of the candidates, the first of equals; null where there is no order or no text. */
const pairOf = (
  { candidates, extra, kind }: Preference,
  columns: ReturnType<typeof scoreColumns>
): CheckedRow["pair"] => {
  if (kind !== "pair" && kind !== "ranked") return null
  const order = orderOf(candidates)
  if (order instanceof FormatFlaw || candidates.some(({ messages }) => messages.length === 0)) return null
  const [least, most] = [Math.min(...order), Math.max(...order)]
  if (least === most) return null
  const [best, worst] = [candidates[order.indexOf(least)]!, candidates[order.indexOf(most)]!]
  const [chosen, rejected] =
    columns === undefined ? [best.score, worst.score] : columns.map(([name]) => numberOrNull(extra[name!]))
  return {
    chosen: textOf(best.messages),
    rejected: textOf(worst.messages),
    messages: { chosen: best.messages, rejected: worst.messages },
    scores: chosen == null || rejected == null ? null : { chosen, rejected }
  }
}

const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null)
