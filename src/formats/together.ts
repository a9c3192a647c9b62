import type { Format } from "./Format.ts"
import { openaiPreference, openaiWriter } from "./openaiPreference.ts"

/**
 * Together preference fine-tuning, also read by Fireworks: the three fields of OpenAI, text alone.
 *
 * Each output is exactly one message of the assistant. Tools are lost, and messages with tool calls are refused.
 *
 * Source: https://docs.together.ai/docs/fine-tuning/preference-tuning
 */
export const together: Format = {
  ...openaiPreference,
  name: "together",
  about: "Together and Fireworks preference fine-tuning, JSON Lines",
  readAs: "openai-preference",
  writer: (holding) => openaiWriter(holding, false)
}
