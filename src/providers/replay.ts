import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../canonicalJson.ts"
import { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Call, Provider, ProviderSource } from "../services/Provider.ts"
import { free } from "./free.ts"
import { localLimits } from "./localLimits.ts"
import type { Recorded } from "./record.ts"

type Kind = "complete" | "score" | "embed" | "reward"

type Answering = (request: { readonly model: string | null }, call: Call) => Effect.Effect<unknown, LanguageModelError>

/**
 * Answers from the journal, or from a recording, alone: a request that was never answered is an error and no call is made.
 *
 * Takes the provider whose answers are wanted, because answers are filed under provider, endpoint and request. Needs no key and
 * no network, and costs nothing. With a file that `record` wrote, what the journal lacks is answered from it, errors of single requests included;
 * it is read at the first such request, and a line that was edited answers the request that it now holds.
 *
 * @example
 * ```ts
 * import { openai, replay } from "prefloom"
 *
 * export const provider = replay(openai({ model: "gpt-4.1-mini" }), "out/answers.jsonl")
 * ```
 */
export const replay = (source: ProviderSource, file?: string): ProviderSource =>
  Effect.map(source, (provider) => {
    const recording = file === undefined ? null : recordingIn(file)
    const answering =
      (kind: Kind): Answering =>
      (request, call) =>
        Effect.suspend(() => {
          const model = request.model ?? provider.defaultModel
          const found = recording === null ? undefined : recording()
          if (typeof found === "string") return Effect.fail(missing(provider, model, found, file))
          const line = found?.get(call.key)
          if (line?.error !== undefined) {
            const { found: said, oneRow, reason, remedy } = line.error
            return Effect.fail(
              new LanguageModelError({ reason, provider: provider.name, model, found: said, remedy, oneRow })
            )
          }
          if (line !== undefined) return Effect.succeed(line.answer)
          const place = file === undefined ? "the journal" : `"${file}"`
          return Effect.fail(missing(provider, model, `${place} has no answer to this ${inWords(kind, request)}`, file))
        })
    const able = (kind: Kind) =>
      provider.routes.some((route) => route[kind] !== undefined) ? { [kind]: answering(kind) } : {}
    return {
      ...provider,
      price: () => free,
      status: () => null,
      routes: [
        {
          endpoint: file ?? "journal",
          limits: localLimits(64),
          complete: answering("complete") as Provider["routes"][number]["complete"],
          ...able("score"),
          ...able("embed"),
          ...able("reward")
        }
      ]
    }
  })

const inWords = (kind: Kind, request: object): string => {
  if (kind !== "complete") return `${kind} request`
  const { sampleIndex, task } = request as { readonly sampleIndex: number; readonly task: { readonly kind: string } }
  return `${task.kind} request (sample ${sampleIndex})`
}

const missing = (provider: Provider, model: string, found: string, file: string | undefined) =>
  new LanguageModelError({
    reason: "notJournaled",
    provider: provider.name,
    model,
    found,
    remedy:
      file === undefined
        ? "run once without replay to ask for what is missing"
        : "run once with record in place of replay to ask for what is missing"
  })

/** The lines of a recording by the key of their requests, read once; a text says why it cannot be read. */
const recordingIn = (file: string) => {
  let read: ReadonlyMap<string, Recorded> | string | undefined
  return () => (read ??= readRecording(file))
}

const readRecording = (file: string): ReadonlyMap<string, Recorded> | string => {
  let bytes: Buffer
  try {
    bytes = fs.readFileSync(file)
  } catch (cause) {
    return `the recording cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
  }
  const lines = new Map<string, Recorded>()
  for (let start = 0, n = 1; start < bytes.length; n++) {
    const end = bytes.indexOf(10, start)
    const text = bytes.toString("utf8", start, end === -1 ? bytes.length : end)
    start = end === -1 ? bytes.length : end + 1
    if (text.trim() === "") continue
    const line = lineOf(text)
    if (line === null) {
      return `line ${n} of "${file}" is no recorded answer, expected an object with request and answer or error`
    }
    lines.set(crypto.hash("sha256", canonicalJson(line.request)), line)
  }
  return lines
}

const lineOf = (text: string): Recorded | null => {
  try {
    const line = JSON.parse(text) as Partial<Recorded> | null
    return line?.request !== undefined && (line.answer !== undefined || line.error !== undefined)
      ? (line as Recorded)
      : null
  } catch {
    return null
  }
}
