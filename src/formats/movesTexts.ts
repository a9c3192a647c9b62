import type { Reader, Writer } from "./Format.ts"

const moving = [
  "trl-preference",
  "trl-preference-implicit",
  "trl-unpaired",
  "trl-reward",
  "trl-prompt",
  "llamafactory-sharegpt",
  "llamafactory-alpaca",
  "llamafactory-kto",
  "llamafactory-v1",
  "openrlhf",
  "ultrafeedback-binarized",
  "argilla",
  "distilabel",
  "hh-rlhf"
]

/** The formats, and columns that a person named, whose readers move texts and numbers. */
const readers = new Set([...moving, "columns", "axolotl", "openai-preference", "together"])
const writers = new Set([...moving, "verl", "nemo-rl"])
/** Formats in which a text may be a transcript, which counts as the texts of its turns. */
const withTranscripts = new Set(["hh-rlhf", "trl-preference-implicit", "trl-reward"])

/** How texts get from one format to the other. */
export interface TextMoves {
  /** Whether Human and Assistant markers inside a text decide anything. */
  readonly hasMarkers: boolean
}

/**
 * Says whether one format's reader and another's writer do no more with texts and numbers than to put them somewhere; null when they may do
 * more.
 *
 * They may join texts to each other and to fixed ones, hash them, and ask whether one is empty, the same as another, or the start of two
 * others. What else a row holds, such as roles and true or false, may decide anything. Calls of tools are texts that are parsed, and who
 * counts or joins rows has to see each.
 */
export const movesTexts = (from: string, reader: Reader, to: string, writer: Writer): TextMoves | null => {
  const isKnown = readers.has(from) && writers.has(to) && !reader.holding.hasToolCalls
  const keepsCount = reader.remarks !== undefined || writer.remarks !== undefined || reader.joins !== undefined
  return isKnown && !keepsCount ? { hasMarkers: withTranscripts.has(from) || withTranscripts.has(to) } : null
}
