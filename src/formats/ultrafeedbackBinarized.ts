import type { Format } from "./Format.ts"
import { promptBeside } from "./PromptBeside.ts"
import { pairNames } from "./SideColumns.ts"

/**
 * UltraFeedback binarized, as H4 published it: `prompt` as text, `chosen` and `rejected` as whole conversations, `score_chosen`, `score_rejected`.
 *
 * `messages`, which repeats the chosen conversation, is read over and not written; `prompt_id` is the SHA-256 of the prompt.
 *
 * Source: https://huggingface.co/datasets/HuggingFaceH4/ultrafeedback_binarized
 */
export const ultrafeedbackBinarized: Format = promptBeside({
  name: "ultrafeedback-binarized",
  about: "UltraFeedback binarized: a text prompt beside whole conversations",
  names: pairNames,
  required: [],
  hasPromptId: true,
  hasMessages: true
})
