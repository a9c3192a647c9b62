import type { Format } from "./Format.ts"
import { promptBeside } from "./PromptBeside.ts"
import { pairNames } from "./SideColumns.ts"

/**
 * Argilla's published preference sets: `prompt`, whole conversations, and `chosen-rating`, `chosen-model` and their twins with hyphens.
 *
 * Source: https://huggingface.co/datasets/argilla/ultrafeedback-binarized-preferences-cleaned
 */
export const argilla: Format = promptBeside({
  name: "argilla",
  about: "Argilla preference sets with hyphenated ratings and models",
  names: {
    ...pairNames,
    models: ["chosen-model", "rejected-model"],
    scores: ["chosen-rating", "rejected-rating"]
  },
  required: ["chosen-rating", "rejected-rating"],
  hasPromptId: false,
  hasMessages: false
})
