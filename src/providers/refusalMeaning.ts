import type { LanguageModelError } from "../services/LanguageModelError.ts"

/** What a response without success means: why, what was found, and what to do. */
export interface RefusalMeaning {
  readonly reason: LanguageModelError["reason"]
  readonly found: string
  readonly remedy: string
  /** The work may have been done behind what refused. */
  readonly mayBeBilled?: true
}

/** What to do about calls that take too long. */
export const slower = "raise timeoutMs or lower the concurrency; running again resumes"

/**
 * Reads why a server refused a request from its status and the body of its answer.
 *
 * An error that comes with a status of success counts by the status in its code, where that is one. `withoutSecrets` sees what the
 * server says before it is cut, because half a key is still a secret.
 */
export const refusalMeaning = (
  { body, status: sent }: { readonly status: number; readonly body: unknown },
  keyVariable: string,
  withoutSecrets: (text: string) => string
): RefusalMeaning => {
  const { code, message: said, param } = errorIn(body)
  const status = sent < 400 && typeof code === "number" && code >= 400 && code <= 599 ? code : sent
  const message = said === null ? "no message" : withoutSecrets(said).slice(0, longestMessage)
  const found = `status ${status}, ${message}`
  const because = (reason: LanguageModelError["reason"], remedy: string): RefusalMeaning => ({ reason, found, remedy })
  if (code === "content_filter" || (status === 403 && filtered.test(message))) {
    return because("contentFilter", "the server's filter refused this row")
  }
  if (status === 401 || status === 403) {
    return {
      reason: "authentication",
      // Of a key that is wrong, servers repeat a part.
      found:
        status === 401
          ? "status 401, the server refused the key"
          : `status 403, the server refused the key: ${message}`,
      remedy: `set ${keyVariable} to a key that this server accepts`
    }
  }
  if (code === "insufficient_quota" || status === 402) {
    return because("outOfCredit", "add credit to the account; running again resumes")
  }
  if (status === 429) return because("rateLimited", "wait, or lower the provider's concurrency; running again resumes")
  const isTooLong = code === "context_length_exceeded" || status === 413 || (status < 500 && tooLong.test(message))
  if (isTooLong) return because("contextTooLong", "shorten the prompt or take a model with more context")
  if (status === 408) return because("timedOut", slower)
  if (gatewayTimeOuts.has(status)) {
    return { ...because("overloaded", "try later; running again resumes"), mayBeBilled: true }
  }
  if (status === 409 || status === 425 || status >= 500)
    return because("overloaded", "try later; running again resumes")
  if (status < 400) return because("malformed", "check that the server speaks chat completions")
  return because("badRequest", parameterRemedy(param, message) ?? "check the model name and the parameters")
}

/**
 * What to do about a parameter that this model does not take; null where the refusal is about something else.
 *
 * Models that think before they answer take no temperature but 1, no `top_p` and no log-probabilities, unless their thinking is off,
 * where it can be. Source: OpenAI's guide to GPT-5.4, "parameter compatibility"; words of refusals as users report them, such as
 * https://github.com/QwenLM/qwen-code/issues/921.
 */
const parameterRemedy = (param: string | null, message: string): string | null => {
  if (!/not support|unsupported|not allowed|unrecognized|only the default/i.test(message)) return null
  const about = `${param ?? ""} ${message}`
  if (/reasoning[._]effort/.test(about)) {
    return "give extraBody a reasoning_effort that this model knows, or none at all where it does not think; where it cannot but think, add temperature: 1 to extraBody and raise the stages' maxTokens, into which thinking counts"
  }
  const [refused] = /temperature|top_p|logprobs/.exec(about) ?? []
  return refused === undefined
    ? null
    : `models that think before they answer refuse this: turn thinking off (extraBody: { reasoning_effort: "none" }), or ask another model; where it cannot but think, ${without.get(refused)!} and raise the stages' maxTokens, into which thinking counts`
}

/** How to do without what a model refuses. */
const without: ReadonlyMap<string, string> = new Map([
  ["temperature", "send the one it takes (extraBody: { temperature: 1 })"],
  ["top_p", "leave topP out"],
  ["logprobs", "leave out what needs log-probabilities"]
])

const longestMessage = 500

/** A gateway gave up on a server that may still be at work; the second one is Cloudflare's. */
const gatewayTimeOuts: ReadonlySet<number> = new Set([504, 524])

/** Servers say that a prompt is too long in words of their own. */
const tooLong =
  /context.{0,20}length|maximum (context|input|model) ?length|too many tokens|prompt is too long|inputs? (tokens )?must have less than|reduce the length/i

/** And that they refuse what it says, where the status could mean the key. */
const filtered = /\bflagged\b|moderation|content.{0,10}(policy|filter)/i

/** The code and message of an error body, and the parameter it is about: OpenAI nests them, vLLM and others do not. */
const errorIn = (
  body: unknown
): { readonly code: string | number | null; readonly message: string | null; readonly param: string | null } => {
  const outer = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>
  const inner = (typeof outer["error"] === "object" && outer["error"] !== null ? outer["error"] : outer) as Record<
    string,
    unknown
  >
  const text = [inner["message"], inner["detail"], outer["error"], body].find(
    (part) => typeof part === "string" && part.trim() !== ""
  ) as string | undefined
  const code = inner["code"] ?? inner["type"]
  return {
    code: typeof code === "string" || typeof code === "number" ? code : null,
    message: text ?? null,
    param: typeof inner["param"] === "string" ? inner["param"] : null
  }
}
