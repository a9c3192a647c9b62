import type { Completion } from "../services/Provider.ts"

/**
 * What to do about an answer whose tokens ran out before its first word; null for every other answer.
 *
 * Models that think before they answer do so within the limit of tokens. Source: OpenAI's reference of chat completions,
 * `max_completion_tokens`: "including visible output tokens and reasoning tokens".
 */
export const spentOnThinking = ({ finishReason, text }: Pick<Completion, "finishReason" | "text">): string | null =>
  finishReason === "length" && text.trim() === ""
    ? 'no word came within the limit of tokens, into which a model\'s thinking counts; turn thinking off (extraBody: { reasoning_effort: "none" }) or raise maxTokens'
    : null
