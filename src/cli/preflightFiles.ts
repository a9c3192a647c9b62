import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FormatFlaw } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { prefloom } from "../formats/prefloom.ts"
import { trlPreference } from "../formats/trlPreference.ts"
import type { Preflight } from "../Preflight.ts"
import { llamafactoryKto } from "../formats/llamafactoryKto.ts"
import { preflightRecords } from "../preflight/preflightRecords.ts"
import { loadTokenizer, type Tokenizer } from "../preflight/Tokenizer.ts"
import { Run } from "../Run.ts"
import { ConvertError } from "./ConvertError.ts"
import { type ConvertInput, type InputRequest, openInput } from "./ConvertInput.ts"
import { namedJudge } from "./namedJudge.ts"
import { openTags } from "./openTags.ts"
import type { Reading } from "./showReading.ts"
import { type SourceFacts, sourceFacts } from "./sourceFacts.ts"
import { splitOfValue } from "./SplitColumn.ts"

/** What to look at, as what, and how long inputs may be. */
export interface PreflightRequest extends InputRequest {
  /** The format that is trained on. Default: the one the data are in, and trl-preference for Prefloom's own pairs. */
  readonly target?: string
  /** What lengths are counted with: the name of an encoding, or the path of a tokenizer. */
  readonly encoding: string
  /** Tokens of prompt and reply together. */
  readonly maxLength: number
}

/** What a preflight of files found. */
export interface FilesPreflight extends Preflight {
  readonly files: ReadonlyArray<string>
  /** What was read as what, in words. */
  readonly said: string
  /** What card and manifest beside the files say of them. */
  readonly source: SourceFacts
}

/**
 * Looks through preference data for what would waste a training run, and keeps no text. One pass; three when a row has more beside its texts than
 * the columns of the first rows hold.
 *
 * `reading` is kept up to date. Memory is a chunk of the input and some 100 bytes a row, with several splits 600 a different prompt, of at
 * most 500,000. Fails when the data cannot be opened, when no row is there when the target is no format, and when the tokenizer
 * cannot be loaded.
 */
export const preflightFiles = Effect.fnUntraced(function* (request: PreflightRequest, reading: Reading) {
  if (request.target !== undefined && !formats.some(({ name }) => name === request.target)) {
    const remedy = `take one of ${formats.map(({ name }) => name).join(", ")}`
    return yield* cannotCheck(`--for ${request.target}`, "the name of a format", remedy)
  }
  const tokenizer = yield* loadTokenizer(request.encoding)
  const { input, other } = yield* openFor(request)
  let all = yield* lookThrough(input, other, request, tokenizer, reading)
  let widened = input.widened?.() ?? null
  while (widened !== null) {
    const again: ConvertInput = yield* widened
    all = yield* lookThrough({ ...again, said: input.said }, other, request, tokenizer, reading)
    widened = again.widened?.() ?? null
  }
  if (reading.nRows === 0) return yield* cannotCheck("no rows", "rows", "check the files and --from")
  return all
})

/** Looks through records, up to the first row that the columns do not hold. */
const lookThrough = Effect.fnUntraced(function* (
  input: ConvertInput,
  other: ConvertError | null,
  request: PreflightRequest,
  tokenizer: Tokenizer,
  reading: Reading
) {
  reading.nRows = 0
  const { splitColumn } = input
  const splits = new Set(input.splitOf.values())
  const preflight = preflightRecords({
    format: input.format,
    holding: input.holding,
    ...(request.target === undefined ? {} : { target: request.target }),
    tokenizer,
    maxLength: request.maxLength,
    withSplits: splits.size > 1 || splitColumn !== null,
    isJson: input.files.some((file) => jsonEnding.test(file)),
    dataFile: input.files[0] ?? null,
    ...(other === null ? {} : { other })
  })
  reading.what = `Checking ${input.format}`
  reading.totalRows = input.nRows
  yield* Stream.runForEachWhile(input.records, (taken) =>
    Effect.sync(() => {
      if ((input.widened?.() ?? null) !== null) return false
      for (const one of taken) {
        reading.nRows += one.nRows ?? 1
        const said =
          one.split !== undefined || splitColumn === null || one.record instanceof FormatFlaw
            ? one.split
            : one.record.extra[splitColumn]
        preflight.see({
          record: one.record,
          raw: one.raw,
          place: `${one.file}:${one.place.replace(/^\D+/, "")}`,
          split: splitColumn === null ? (one.split ?? input.splitOf.get(one.file) ?? null) : splitOfValue(said)
        })
      }
      return true
    })
  )
  const { rejects } = yield* Run
  return {
    files: input.files,
    said: input.said,
    source: sourceFacts(input.files),
    ...preflight.result(reading.nRows, rejects.counts("votes"))
  } satisfies FilesPreflight
})

const jsonEnding = /\.jsonl?(\.gz|\.zst)?$/

const cannotCheck = (found: string, wanted: string, remedy: string) =>
  new ConvertError({ what: "check the data", found, wanted, remedy })

/** Opens data as the target, or else as what they are, with what keeps them from being the target. */
const openFor = Effect.fnUntraced(function* (request: PreflightRequest) {
  const { from, target } = request
  const mayBeTags =
    Object.keys(request.named).length === 0 &&
    [from, target].every((name) => name === undefined || name === llamafactoryKto.name)
  if (!mayBeTags) return (yield* openJudged(request)) ?? (yield* openAs(request))
  return yield* openAs(request).pipe(
    Effect.catch((problem) =>
      openTags(
        request.files,
        from === undefined && target === undefined ? ["kto_tag"] : ["kto_tag", "label"],
        request.splits
      ).pipe(
        // Why the data are nothing else says more than why they have no tags either.
        Effect.mapError(() => problem),
        Effect.flatMap((input) => (input === null ? Effect.fail(problem) : Effect.succeed({ input, other: null })))
      )
    )
  )
})

/** Pairs of a trainer's format beside which only who judged is named, as that format; null for anything else. */
const openJudged = Effect.fnUntraced(function* (request: PreflightRequest) {
  const { annotator, ...others } = request.named
  if (annotator === undefined || Object.keys(others).length > 0 || request.labelValues !== undefined) return null
  const opened = yield* openAs({ ...request, named: {} }).pipe(Effect.orElseSucceed(() => null))
  const input = opened === null ? null : namedJudge(opened.input, annotator)
  return input === null ? null : { input, other: opened!.other }
})

const openAs = Effect.fnUntraced(function* (request: PreflightRequest) {
  if (request.target === undefined || request.from !== undefined || Object.keys(request.named).length > 0) {
    const input = yield* openInput(request)
    return { input: request.target === undefined ? yield* asTrained(request, input) : input, other: null }
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

/** Prefloom's own pairs, which are read by no trainer under this name, as what TRL takes them for; anything else as it is. */
const asTrained = Effect.fnUntraced(function* (request: PreflightRequest, input: ConvertInput) {
  if (input.format !== prefloom.name) return input
  const { name } = trlPreference
  const said = `${input.said}; looked at as ${name}, as which TRL reads these columns`
  return { ...(yield* openInput({ ...request, from: name })), said }
})
