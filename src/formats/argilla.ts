import { argillaReader } from "./ArgillaReader.ts"
import { findArgilla } from "./ArgillaRecords.ts"
import { type Format, isRefusal } from "./Format.ts"
import { promptBeside } from "./PromptBeside.ts"
import { pairNames } from "./SideColumns.ts"

const published = promptBeside({
  name: "argilla",
  about: "Argilla preference sets with hyphenated ratings and models, and exports of annotated records",
  names: {
    ...pairNames,
    models: ["chosen-model", "rejected-model"],
    scores: ["chosen-rating", "rejected-rating"]
  },
  required: ["chosen-rating", "rejected-rating"],
  hasPromptId: false,
  hasMessages: false
})

/**
 * Argilla's published preference sets: `prompt`, whole conversations, and `chosen-rating`, `chosen-model` and their twins with hyphens.
 *
 * Read are exports of annotated records of Argilla 1 and 2 as well, with the votes of all annotators, see `argillaReader`. Written are published
 * sets alone.
 *
 * Source: https://huggingface.co/datasets/argilla/ultrafeedback-binarized-preferences-cleaned
 */
export const argilla: Format = {
  ...published,
  reads: ["pair", "ranked"],
  recognise: (look) => {
    const pairs = published.recognise(look)
    if (pairs !== null) return pairs
    const found = findArgilla(look)
    if (found === null || isRefusal(found)) return null
    const { order, prompt, replies } = found
    const questions = order.kind === "ratings" ? order.questions : [order.question]
    const names = [prompt, ...replies.columns, ...questions].map((name) => `"${name}"`).join(", ")
    return {
      nColumns: 1 + replies.columns.length + questions.length,
      why: `${names} are the prompt, the replies and the answers of an Argilla export`
    }
  },
  reader: (look) => {
    if (published.recognise(look) !== null) return published.reader(look)
    const found = findArgilla(look)
    return found === null ? published.reader(look) : isRefusal(found) ? found : argillaReader(look, found)
  }
}
