import type { Format } from "./Format.ts"
import { promptBeside } from "./PromptBeside.ts"
import { pairNames } from "./SideColumns.ts"

/**
 * Output of distilabel's `FormatTextGenerationDPO`: `prompt`, `prompt_id`, whole conversations, `chosen_model`, `chosen_rating` and their twins.
 *
 * Rows in which distilabel took one generation for both sides are refused when pairs are written.
 *
 * Source: https://distilabel.argilla.io/latest/components-gallery/steps/formattextgenerationdpo/
 */
export const distilabel: Format = promptBeside({
  name: "distilabel",
  about: "distilabel pairs with models and ratings",
  names: { ...pairNames, scores: ["chosen_rating", "rejected_rating"] },
  required: ["chosen_rating", "rejected_rating"],
  hasPromptId: true,
  hasMessages: false
})
