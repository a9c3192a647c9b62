import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ensureFolder } from "../ensureFolder.ts"
import type { JournalError } from "../Journal.ts"
import { canonicalJson } from "../canonicalJson.ts"
import { concernsOneRow, LanguageModelError } from "../services/LanguageModelError.ts"
import type { Call, Provider, ProviderSource, Request, Route } from "../services/Provider.ts"
import { scoringCanonical, type ScoringRequest } from "../services/scoringCanonical.ts"

type Kind = "complete" | "score" | "embed" | "reward"

/** One line of a recording: a request as the journal files it, with its answer or with the error that concerns it. */
export interface Recorded {
  readonly kind: Kind
  readonly request: unknown
  readonly answer?: unknown
  readonly error?: Pick<LanguageModelError, "reason" | "found" | "remedy"> & { readonly oneRow: boolean }
}

/**
 * Asks another provider and writes each request with its answer into a JSON Lines file, for tests and bug reports.
 *
 * `replay` with the same provider and file answers from it alone. The file is made with the first answer, and later ones are
 * put behind what it holds; of two answers to one request the last counts. What the journal answers never comes here, so a
 * complete recording needs a fresh journal or a run with `--fresh`. Errors of single requests are recorded too; those of the
 * server, the account and the network are not, because asking again may help. Several samples of one request are asked for
 * one by one. The file holds no key and no address with a password, but all prompts. A file that cannot be written ends the run.
 *
 * @example
 * ```ts
 * import { openai, record } from "prefloom"
 *
 * export const provider = record(openai({ model: "gpt-4.1-mini" }), "out/answers.jsonl")
 * ```
 */
export const record = (source: ProviderSource, file: string): ProviderSource =>
  Effect.map(source, (provider) => {
    const append = appender(file)
    return {
      ...provider,
      capabilities: provider.capabilities.filter((capability) => capability !== "samples"),
      routes: provider.routes.map((route): Route => {
        const { complete, embed, reward, samples: _, score, ...rest } = route
        return {
          ...rest,
          complete: recorded("complete", complete, (request) => requestLine(provider, request), append),
          ...(score && { score: recorded("score", score, otherLine(provider, "score"), append) }),
          ...(embed && { embed: recorded("embed", embed, otherLine(provider, "embed"), append) }),
          ...(reward && { reward: recorded("reward", reward, otherLine(provider, "reward"), append) })
        }
      })
    }
  })

const recorded =
  <Asked, Answer>(
    kind: Kind,
    answer: (request: Asked, call: Call) => Effect.Effect<Answer, LanguageModelError | JournalError>,
    lineOf: (request: Asked) => unknown,
    append: (line: Recorded) => void
  ) =>
  (request: Asked, call: Call): Effect.Effect<Answer, LanguageModelError | JournalError> =>
    Effect.flatMap(Effect.result(answer(request, call)), (result) =>
      Effect.suspend(() => {
        if (Result.isSuccess(result)) {
          append({ kind, request: lineOf(request), answer: result.success })
          return Effect.succeed(result.success)
        }
        const error = result.failure
        if (error instanceof LanguageModelError && (concernsOneRow(error) || error.reason === "badRequest")) {
          const { found, oneRow = false, reason, remedy } = error
          append({ kind, request: lineOf(request), error: { reason, found, remedy, oneRow } })
        }
        return Effect.fail(error)
      })
    )

/** What the model service files a completion under. */
const requestLine = (provider: Provider, request: Request): unknown => ({
  provider: provider.name,
  endpoint: provider.endpoint,
  model: request.model ?? provider.defaultModel,
  sampleIndex: request.sampleIndex,
  request: provider.canonical(request)
})

/** What the model service files any other answer under. */
const otherLine =
  (provider: Provider, kind: Exclude<Kind, "complete">) =>
  (request: ScoringRequest): unknown =>
    scoringCanonical(provider, kind, request)

/** Appends whole lines. What an interrupted process left of a last line is cut off. */
const appender = (file: string) => {
  let isReady = false
  return (line: Recorded): void => {
    try {
      if (!isReady) {
        ensureFolder(path.dirname(file))
        cutLastLine(file)
        isReady = true
      }
      fs.appendFileSync(file, `${canonicalJson(line)}\n`)
    } catch (cause) {
      throw new Error(
        `Cannot record answers in "${file}": found ${cause instanceof Error ? cause.message : String(cause)}, expected a file that can be written; check the permissions and the free space of the folder`,
        { cause }
      )
    }
  }
}

const cutLastLine = (file: string): void => {
  const descriptor = fs.openSync(file, "a+")
  try {
    const size = fs.fstatSync(descriptor).size
    const chunk = Buffer.alloc(65_536)
    let end = size
    while (end > 0) {
      const start = Math.max(0, end - chunk.length)
      const at = chunk.subarray(0, fs.readSync(descriptor, chunk, 0, end - start, start)).lastIndexOf(10)
      if (at >= 0) {
        end = start + at + 1
        break
      }
      end = start
    }
    if (end < size) fs.ftruncateSync(descriptor, end)
  } finally {
    fs.closeSync(descriptor)
  }
}
