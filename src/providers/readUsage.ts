import type { Usage } from "../services/Provider.ts"

type Loose = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null

/**
 * The usage of a response; null where the server counted nothing, or what cannot be: a prompt without a token, or a billion of them.
 *
 * Completion tokens are all that the total holds beyond the prompt, because they are paid: xAI and Gemini count what a model thought in the
 * total and not among `completion_tokens`, as OpenAI does. Tokens from the cache and into it are parts of the prompt that do not overlap.
 */
export const readUsage = (response: unknown): Usage | null => {
  const usage = isObject(response) ? response["usage"] : null
  if (!isObject(usage)) return null
  const { prompt_tokens: promptTokens, total_tokens: totalTokens } = usage
  // Where nothing is generated, servers leave the tokens of the completion out.
  const saidTokens = usage["completion_tokens"] ?? (totalTokens === promptTokens ? 0 : undefined)
  if (!isCount(promptTokens) || promptTokens === 0 || !isCount(saidTokens)) return null
  const completionTokens = isCount(totalTokens) ? Math.max(saidTokens, totalTokens - promptTokens) : saidTokens
  const details = usage["prompt_tokens_details"]
  const { cached_tokens: cached, cache_write_tokens: written } = isObject(details) ? details : {}
  const cachedTokens = isCount(cached) ? cached : 0
  const cacheWriteTokens = isCount(written) ? written : 0
  return {
    promptTokens,
    completionTokens,
    ...(cachedTokens > 0 && cachedTokens <= promptTokens ? { cachedTokens } : {}),
    ...(cacheWriteTokens > 0 && cachedTokens + cacheWriteTokens <= promptTokens ? { cacheWriteTokens } : {})
  }
}

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e9
