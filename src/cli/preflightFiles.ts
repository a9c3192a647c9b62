import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FormatFlaw, type Preference } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { openrlhf } from "../formats/openrlhf.ts"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { votes } from "../formats/votes.ts"
import { Run } from "../Run.ts"
import { ConvertError } from "./ConvertError.ts"
import { type ConvertInput, type InputRequest, openInput, type Taken } from "./ConvertInput.ts"
import { preflightBiases } from "./preflightBiases.ts"
import { type CheckedRow, findingOf, type PreflightFinding, type Severity, type Unchecked } from "./PreflightCheck.ts"
import { preflightCopies } from "./preflightCopies.ts"
import { preflightLabels } from "./preflightLabels.ts"
import { preflightPaths } from "./preflightPaths.ts"
import { preflightTarget } from "./preflightTarget.ts"
import { preflightTexts } from "./preflightTexts.ts"
import { preflightTrl } from "./preflightTrl.ts"
import { preflightTruncation } from "./preflightTruncation.ts"
import type { Reading } from "./showReading.ts"

/** The encodings that lengths can be counted with. */
export const encodings = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"] as const

/** What to look at, as what, and how long inputs may be. */
export interface PreflightRequest extends InputRequest {
  /** The format that is trained on. Default: the one the data are in. */
  readonly target?: string
  readonly encoding: (typeof encodings)[number]
  /** Tokens of prompt and reply together. */
  readonly maxLength: number
}

/** What a preflight found. */
export interface Preflight {
  readonly files: ReadonlyArray<string>
  readonly format: string
  readonly said: string
  /** The format whose rules were looked at; null where there is none. */
  readonly target: string | null
  readonly encoding: string
  readonly maxLength: number
  readonly rows: number
  /** The worst first, then those with most rows. */
  readonly findings: ReadonlyArray<PreflightFinding>
  readonly worst: Severity | null
  readonly unchecked: ReadonlyArray<Unchecked>
  readonly notes: ReadonlyArray<string>
}

const order: ReadonlyArray<Severity> = ["stops training", "silently wrong", "worth knowing"]
/** Formats whose trainers put plain texts one behind the other and take the prompt's tokens for a prefix. */
const joinsTexts = /^trl-|^openrlhf$|^verl$/
/** Formats whose two replies stand in the order in which they were shown. */
const shownOrder = new Set([votes.name, "helpsteer"])

/**
 * Looks through preference data for what would waste a training run, in one pass, and keeps no text.
 *
 * `reading` is kept up to date. Memory is a chunk of the input and some 100 bytes a row, with several splits 600 a different prompt, of at
 * most 500,000. Fails when the data cannot be opened, when no row is there and when the target is no format.
 */
export const preflightFiles = Effect.fnUntraced(function* (request: PreflightRequest, reading: Reading) {
  const files = preflightPaths(request.files)
  const named = formats.find(({ name }) => name === request.target)
  if (request.target !== undefined && named === undefined) {
    const remedy = `take one of ${formats.map(({ name }) => name).join(", ")}`
    return yield* cannotCheck(`--for ${request.target}`, "the name of a format", remedy)
  }
  const { input, other } = yield* openFor({ ...request, files: [...files] })
  const target = named ?? formats.find(({ name }) => name === input.format && name !== votes.name)
  reading.what = `Checking ${input.format}`
  reading.totalRows = input.nRows

  const tokenizer = yield* Effect.promise(() => loadEncoding(request.encoding))
  const isProportional = target?.name.startsWith("llamafactory") === true
  const splits = new Set(files.map(splitOfFile))
  const targetCheck =
    target === undefined
      ? null
      : preflightTarget(target, input.holding, input.files, other === null && input.format === target.name)
  const checks = [
    preflightTexts(),
    ...(isProportional
      ? []
      : [
          preflightTruncation({
            encoding: request.encoding,
            // OpenRLHF writes the end of the text over the last token that is left.
            maxLength: target === openrlhf ? Math.max(1, request.maxLength - 1) : request.maxLength,
            tokens: tokenizer,
            joinsTexts: target !== undefined && joinsTexts.test(target.name)
          })
        ]),
    preflightBiases(shownOrder.has(input.format)),
    preflightCopies(splits.size > 1 || input.holding.extra.some(({ name }) => name === "split")),
    preflightLabels(),
    ...(target?.name.startsWith("trl-") === true ? [preflightTrl(target.name)] : []),
    ...(targetCheck === null ? [] : [targetCheck])
  ]
  const unread = new Map<string, number>()
  yield* Stream.runForEach(input.records, (taken) =>
    Effect.sync(() => {
      for (const one of taken) {
        reading.nRows++
        if (one.record instanceof FormatFlaw) {
          if (targetCheck === null) unread.set(one.record.reason, (unread.get(one.record.reason) ?? 0) + 1)
          else targetCheck.refuse({ id: null, place: placeOf(one) }, one.record)
          continue
        }
        const row = checkedRow(one, one.record)
        for (const check of checks) check.see(row)
      }
    })
  )
  const { rejects } = yield* Run
  for (const [reason, n] of rejects.counts("votes")) unread.set(reason, (unread.get(reason) ?? 0) + n)
  const rows = reading.nRows
  if (rows === 0) return yield* cannotCheck("no rows", "rows", "check the files and --from")
  const results = checks.map((check) => check.result(rows))
  const findings = [
    ...(other === null ? [] : otherFormat(rows, other)),
    ...[...unread].flatMap(([reason, n]) =>
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
    ),
    ...results.flatMap((result) => result.findings)
  ].toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.rows - a.rows)
  return {
    files: input.files,
    format: input.format,
    said: input.said,
    target: target?.name ?? null,
    encoding: request.encoding,
    maxLength: request.maxLength,
    rows,
    findings,
    worst: findings[0]?.severity ?? null,
    unchecked: [
      ...results.flatMap((result) => result.unchecked),
      ...(isProportional
        ? [
            {
              check: "truncation",
              why: "LLaMA-Factory shortens prompt and replies in proportion, which is not followed here; --for another format cuts at the end"
            }
          ]
        : []),
      ...(target === undefined
        ? [{ check: "the trainer's own rules", why: "no format was named with --for, and the data are in none" }]
        : [])
    ],
    notes: targetCheck?.notes ?? []
  } satisfies Preflight
})

const cannotCheck = (found: string, wanted: string, remedy: string) =>
  new ConvertError({ what: "check the data", found, wanted, remedy })

/** Opens data as the target, or else as what they are, with what keeps them from being the target. */
const openFor = Effect.fnUntraced(function* (request: PreflightRequest) {
  if (request.target === undefined || request.from !== undefined || Object.keys(request.named).length > 0) {
    return { input: yield* openInput(request), other: null }
  }
  return yield* openInput({ ...request, from: request.target }).pipe(
    Effect.map((input): { readonly input: ConvertInput; readonly other: ConvertError | null } => ({
      input,
      other: null
    })),
    Effect.catchTag("ConvertError", (other) =>
      openInput(request).pipe(
        Effect.map((input) => ({ input, other })),
        // What keeps the data from being what they should be says more than that they are nothing else either.
        Effect.mapError(() => other)
      )
    )
  )
})

const otherFormat = (rows: number, { found, wanted }: ConvertError): ReadonlyArray<PreflightFinding> =>
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

const loadEncoding = async (name: PreflightRequest["encoding"]) => {
  const { encodeGenerator } = await load[name]()
  // The names of special tokens are plain text where users write them.
  const options = { disallowedSpecial: new Set<string>() }
  return function* (text: string): Generator<number> {
    for (const tokens of encodeGenerator(text, options)) yield* tokens
  }
}

const load = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
  p50k_base: () => import("gpt-tokenizer/encoding/p50k_base"),
  r50k_base: () => import("gpt-tokenizer/encoding/r50k_base")
}

const placeOf = ({ file, place }: Taken): string => `${file}:${place.replace(/^\D+/, "")}`

const checkedRow = (taken: Taken, record: Preference): CheckedRow => {
  const split = record.extra["split"]
  return {
    example: { id: record.id, place: placeOf(taken) },
    split: typeof split === "string" ? split : splitOfFile(taken.file),
    record,
    raw: taken.raw,
    prompt: textOf(record.context),
    pair: pairOf(record)
  }
}

const textOf = (messages: Preference["context"]): string =>
  messages.length === 1 ? (messages[0]!.content ?? "") : messages.map(({ content }) => content ?? "").join("\n")

/** The best and the worst of the candidates by their ranks; null where there is no order or no text. */
const pairOf = ({ candidates, kind }: Preference): CheckedRow["pair"] => {
  if (kind !== "pair" && kind !== "ranked") return null
  const ranked = candidates.filter(({ messages, rank }) => rank !== null && messages.length > 0)
  if (ranked.length < 2 || ranked.length < candidates.length) return null
  let best = ranked[0]!
  let worst = ranked[0]!
  for (const candidate of ranked) {
    if (candidate.rank! < best.rank!) best = candidate
    if (candidate.rank! > worst.rank!) worst = candidate
  }
  return best === worst ? null : { chosen: textOf(best.messages), rejected: textOf(worst.messages) }
}
