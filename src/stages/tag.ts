import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { noting, reject, Rejection } from "../Rejects.ts"
import { askStructured } from "../services/askStructured.ts"
import { each } from "../Stage.ts"
import { askForRow } from "./askForRow.ts"

/** Who tags, and with which tags. */
export interface TagOptions {
  /** Default: the provider's own model. */
  readonly model?: string
  /** The tags that may be given, spelled as they shall be. Default: any. */
  readonly vocabulary?: ReadonlyArray<string>
  /** Most tokens of an answer. Default 256. */
  readonly maxTokens?: number
}

const gives = { tags: Schema.Array(Schema.String) }

/**
 * Has a model name what a prompt asks for, as a list of short tags: one for each intent, kind of task or topic.
 *
 * Looks at `prompt` alone, so it works on prompts, groups and pairs; `tags` is what the rules "tagCmp" and "tagDiv" of `flag` read.
 * Without a vocabulary, tags are brought to one form (see `normaliseTag`); with one, they are those of the vocabulary, letter by
 * letter, and the server is told them in the answer's JSON Schema. Repeated tags are left out, the order is the model's. A prompt
 * that has nothing to tag gets an empty list, and so does one whose tags could not be had, after one follow-up or at once where the
 * model refuses; the rejects note the latter. The prompt is not cut. Temperature 0. Costs one call a row, and one per follow-up;
 * rows with one prompt share it. Throws on a vocabulary without tags or with the same one twice.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564; open tags by a model: Lu et al. 2023, https://arxiv.org/abs/2308.07074
 */
export const tag = (options: TagOptions = {}) => {
  const { maxTokens = 256, model = null, vocabulary } = options
  if (vocabulary !== undefined) checkVocabulary(vocabulary)
  const oneTag = vocabulary === undefined ? Schema.String : Schema.Literals(vocabulary)
  const ask = askStructured({ name: "tags", schema: Schema.Struct({ tags: Schema.Array(oneTag) }) })
  return each({
    name: "tag",
    needs: { prompt: Schema.String },
    gives,
    config: { model, maxTokens, ...(vocabulary === undefined ? {} : { vocabulary }) },
    callsPerRow: 1,
    row: ({ prompt }, { seed }) => {
      const asked = ask({
        task: { kind: "tag", prompt, vocabulary: vocabulary ?? null },
        messages: [{ role: "user", content: requestFor(prompt, vocabulary) }],
        model,
        sampleIndex: 0,
        temperature: 0,
        maxTokens,
        seed
      })
      return Effect.map(askForRow(asked), (outcome) => {
        if (outcome instanceof Rejection) {
          return noting({ tags: [] }, [reject(`tags: ${outcome.reason}`, outcome.detail)])
        }
        if (!outcome.ok) return noting({ tags: [] }, [reject(`tags: ${outcome.reason}`, outcome.problem)])
        const { tags } = outcome.value
        const named = vocabulary === undefined ? tags.map(normaliseTag).filter((one) => one !== "") : tags
        return { tags: [...new Set(named)] }
      })
    }
  })
}

/**
 * Brings a tag to the form in which equal tags are equal texts: NFKC, lower case, with one space for each run of white space,
 * hyphens and underscores, and none at the ends. Signs stay ("c++" is not "c"); words are not stemmed.
 */
export const normaliseTag = (given: string): string =>
  given
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{Pd}_]+/gu, " ")
    .trim()

const checkVocabulary = (vocabulary: ReadonlyArray<string>): void => {
  if (vocabulary.length === 0) throw new Error("Cannot tag: found a vocabulary without tags, expected one or more")
  const bad = vocabulary.find((one, i) => one.trim() === "" || vocabulary.indexOf(one) !== i)
  if (bad === undefined) return
  throw new Error(
    `Cannot tag: found ${bad.trim() === "" ? "a tag without text" : `the tag "${bad}" twice`} in the vocabulary, expected different words`
  )
}

const requestFor = (prompt: string, vocabulary: ReadonlyArray<string> | undefined): string =>
  [
    "Name what the message below asks for: one short tag for each intent, kind of task or topic, as few as cover it. Do not answer it.",
    ...(vocabulary === undefined ? [] : [`Use these tags alone: ${JSON.stringify(vocabulary)}.`]),
    'Reply as JSON: {"tags": [string, …]}.',
    "",
    "<message>",
    prompt,
    "</message>"
  ].join("\n")
