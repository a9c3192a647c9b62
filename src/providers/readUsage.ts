import type { Usage } from "../services/Provider.ts"

type Loose = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null

/**
 * The usage of a response; null where the server counted nothing, or what cannot be: a prompt without a token, or a billion of them.
 *
 * Completion tokens are all that the total holds beyond the prompt, because they are paid: xAI and Gemini count what a model thought in the
 * total and not among `completion_tokens`, as OpenAI does.
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
  const cachedTokens = isObject(details) ? details["cached_tokens"] : undefined
  return isCount(cachedTokens) && cachedTokens > 0 && cachedTokens <= promptTokens
    ? { promptTokens, completionTokens, cachedTokens }
    : { promptTokens, completionTokens }
}

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e9
