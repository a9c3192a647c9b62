import { argillaExport, quoted } from "./ArgillaExport.ts"
import { argillaReader } from "./ArgillaReader.ts"
import { type ArgillaRecords, findArgilla } from "./ArgillaRecords.ts"
import { type ArgillaSingle, findSingle, singleReader } from "./ArgillaSingles.ts"
import { type Format, isRefusal, type Look, type Refusal } from "./Format.ts"
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
 * Read are exports of annotated records of Argilla 1 and 2 as well: of several replies with the votes of all annotators, see `argillaReader`, and
 * of single replies that people called good or bad, see `singleReader`. Written are published sets alone.
 *
 * Source: https://huggingface.co/datasets/argilla/ultrafeedback-binarized-preferences-cleaned
 */
export const argilla: Format = {
  ...published,
  reads: ["pair", "ranked", "unpaired"],
  recognise: (look) => {
    const pairs = published.recognise(look)
    if (pairs !== null) return pairs
    const found = findIn(look)
    if (found === null || isRefusal(found)) return null
    if ("question" in found) {
      const { prompt, question, reply } = found
      const names = [prompt, ...(reply === null ? [] : [reply]), question]
      return {
        nColumns: names.length,
        why: `${quoted(names)} are the prompt, ${reply === null ? "with the reply at its end," : "the reply"} and the answers of an Argilla export`
      }
    }
    const { order, prompt, replies } = found
    const questions = order.kind === "ratings" ? order.questions : [order.question]
    const names = quoted([prompt, ...replies.columns, ...questions])
    return {
      nColumns: 1 + replies.columns.length + questions.length,
      why: `${names} are the prompt, the replies and the answers of an Argilla export`
    }
  },
  nearly: (look) => {
    const found = published.recognise(look) === null ? findIn(look) : null
    return found !== null && isRefusal(found) ? found : null
  },
  reader: (look) => {
    if (published.recognise(look) !== null) return published.reader(look)
    const found = findIn(look)
    if (found === null) return published.reader(look)
    if (isRefusal(found)) return found
    return "question" in found ? singleReader(look, found) : argillaReader(look, found)
  }
}

/** Where an export holds what; null where there is none. */
const findIn = (look: Look): ArgillaRecords | ArgillaSingle | Refusal | null => {
  const from = argillaExport(look)
  if (from === null) return null
  const several = findArgilla(from)
  return isRefusal(several) ? (findSingle(from) ?? several) : several
}
