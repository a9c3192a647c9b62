import {
  type Format,
  FormatFlaw,
  type Look,
  type PartColumn,
  type Reader,
  type Recognition,
  type Row
} from "./Format.ts"
import { holds, recogniseColumns } from "./LookedAt.ts"
import { kindOf, type Messages, readMessages, textMessage } from "./Messages.ts"
import { notText, readText } from "./PlainTexts.ts"
import { promptBeside } from "./PromptBeside.ts"
import { type Ranked, rankedReader } from "./RankedFormat.ts"
import { pairNames, promptNames } from "./SideColumns.ts"

const pairs = promptBeside({
  name: "distilabel",
  about: "distilabel pairs with models and ratings, and rated generations",
  names: { ...pairNames, scores: ["chosen_rating", "rejected_rating"] },
  required: ["chosen_rating", "rejected_rating"],
  hasPromptId: true,
  hasMessages: false
})

const rated = { generations: "list", ratings: "list" } as const
const modelColumns = ["generation_models", "model_names"]

/**
 * Output of distilabel's `FormatTextGenerationDPO`: `prompt`, `prompt_id`, whole conversations, `chosen_model`, `chosen_rating` and their twins.
 *
 * Rows in which distilabel took one generation for both sides are refused when pairs are written. Read are rated generations as well, which those
 * pairs are made of: `instruction`, with a `system_prompt` where there is one, or `messages`; `generations`, `ratings`, and models in
 * `generation_models` or `model_names`. A generation that failed, or whose rating could not be read, is left out and counted.
 *
 * Source: https://distilabel.argilla.io/latest/components-gallery/steps/formattextgenerationdpo/
 */
export const distilabel: Format = {
  ...pairs,
  reads: ["pair", "ranked"],
  recognise: (look) => pairs.recognise(look) ?? recogniseLists(look),
  reader: (look) =>
    pairs.recognise(look) === null && recogniseLists(look) !== null ? listReader(look) : pairs.reader(look)
}

const recogniseLists = (look: Look): Recognition | null =>
  areTexts(look)
    ? (recogniseColumns(look, { instruction: "text", ...rated }) ??
      recogniseColumns(look, { messages: "turns", ...rated }))
    : null

/** Says whether a list of the first rows holds texts, or nothing where a generation failed. */
const areTexts = ({ sample }: Look): boolean =>
  sample.some(
    ({ generations: list }) =>
      Array.isArray(list) &&
      list.some((text) => typeof text === "string") &&
      list.every((text) => typeof text === "string" || text === null)
  )

const listReader = (look: Look): Reader => {
  const isChat = recogniseColumns(look, { instruction: "text" }) === null
  const hasSystem =
    !isChat && holds(look, "system_prompt", "text") && look.sample.some(({ system_prompt: text }) => Boolean(text))
  const models = modelColumns.find((name) => holds(look, name, "list"))
  const remarks = new Map<string, number>()
  const parts: ReadonlyArray<PartColumn> = [
    { part: "prompt", column: isChat ? "messages" : "instruction" },
    ...(hasSystem ? [{ part: "prompt", column: "system_prompt" } as const] : []),
    { part: "candidates", column: "generations" },
    { part: "scores", column: "ratings" },
    ...(models === undefined ? [] : [{ part: "models", column: models } as const])
  ]
  const reader = rankedReader(look, {
    style: isChat || hasSystem ? "messages" : "text",
    parts,
    names: promptNames,
    context: (row) => (isChat ? readMessages(row["messages"], "messages") : instructionOf(row, hasSystem)),
    candidates: (row) => {
      const replies = generationsOf(row, models)
      if (replies instanceof FormatFlaw) return replies
      const known = replies.filter(({ messages, score }) => score !== null && messages.length > 0)
      const nLeftOut = replies.length - known.length
      if (nLeftOut > 0) remarks.set(leftOut, (remarks.get(leftOut) ?? 0) + nLeftOut)
      return known
    }
  })
  return { ...reader, remarks }
}

const leftOut = "generations without a text or a rating left out"

const instructionOf = (row: Row, hasSystem: boolean): Messages | FormatFlaw => {
  const user = readText(row, "instruction", "user")
  const system = hasSystem ? row["system_prompt"] : null
  if (user instanceof FormatFlaw || system === null || system === undefined || system === "") return user
  return typeof system === "string" ? [textMessage("system", system), ...user] : notText(system, "system_prompt")
}

const generationsOf = (row: Row, models: string | undefined): ReadonlyArray<Ranked> | FormatFlaw => {
  const { generations, ratings } = row
  if (!Array.isArray(generations))
    return new FormatFlaw("wrong type", "generations", kindOf(generations), "a list of texts")
  if (!Array.isArray(ratings) || ratings.length !== generations.length) {
    return new FormatFlaw("unequal lengths", "ratings", kindOf(ratings), `a rating for each of ${generations.length}`)
  }
  const names: unknown = models === undefined ? null : row[models]
  const found: Array<Ranked> = []
  for (const [i, text] of (generations as ReadonlyArray<unknown>).entries()) {
    if (typeof text !== "string" && text !== null) return notText(text, `generations[${i}]`)
    const rating: unknown = ratings[i]
    if (rating !== null && rating !== undefined && (typeof rating !== "number" || !Number.isFinite(rating))) {
      return new FormatFlaw("wrong type", `ratings[${i}]`, kindOf(rating), "a number")
    }
    const model: unknown = Array.isArray(names) ? names[i] : null
    found.push({
      messages: text === null ? [] : [textMessage("assistant", text)],
      rank: null,
      score: rating ?? null,
      model: typeof model === "string" ? model : null
    })
  }
  return found
}
