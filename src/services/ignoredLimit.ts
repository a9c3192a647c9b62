import type { Exchange } from "./Exchange.ts"
import { LanguageModelError } from "./LanguageModelError.ts"
import type { Office } from "./Office.ts"
import type { Usage } from "./Provider.ts"

/** Tokens of an answer beyond its limit that a server may count of itself, such as the one that ends the answer. */
const room = 16

/**
 * The error that ends a run when an answer was longer than its request allowed, and tokens or money are capped: nobody knows then
 * what the next call may cost. Null where all is well.
 */
export const ignoredLimit = <Answer>(
  { budget, provider }: Pick<Office, "budget" | "provider">,
  { filed, model, size: { maxTokens } }: Pick<Exchange<Answer>, "filed" | "model" | "size">,
  usage: Usage | null
): LanguageModelError | null => {
  if (usage === null || maxTokens === undefined || !budget.capsAmounts(model)) return null
  const { completionTokens } = usage
  if (completionTokens <= maxTokens + room * filed.length) return null
  return new LanguageModelError({
    reason: "unsupported",
    provider: provider.name,
    model,
    found: `an answer of ${completionTokens} tokens where the request allowed ${maxTokens}: the server ignores the limit, so that no cap of tokens or money can hold`,
    remedy:
      'tell the provider which field the server knows (maxTokensField: "max_tokens" or "max_completion_tokens"), or cap the calls instead'
  })
}
