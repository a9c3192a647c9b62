import { type Format, FormatFlaw } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, textMessage } from "./Messages.ts"
import { notOfKind, otherColumns } from "./PairFormat.ts"
import { booleanType, notText, plainText, readText, textType } from "./PlainTexts.ts"
import { candidateOf, promptNames, sideReader, sideWriter } from "./SideColumns.ts"

const parts = [
  { part: "prompt", column: "prompt" },
  { part: "candidates", column: "completions" },
  { part: "label", column: "labels" }
] as const
const used = parts.map(({ column }) => column)
const unknown = { id: null, model: null, score: null, refLogProb: null }

/**
 * TRL stepwise supervision: a `prompt`, the steps of an answer in `completions` and whether each is right in `labels`.
 *
 * Texts alone. Lists of different lengths are refused.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const trlStepwise: Format = {
  name: "trl-stepwise",
  about: "TRL steps with a label each, for process reward models",
  reads: ["stepwise"],
  extension: ".parquet",
  recognise: (look) => recogniseColumns(look, { prompt: "text", completions: "texts", labels: "list" }),
  reader: (look) => {
    if (trlStepwise.recognise(look) === null) {
      return otherColumns(look, `"prompt" with text, "completions" with texts and "labels" with true and false`)
    }
    const sides = sideReader(look, promptNames, used, 0)
    return {
      holding: { ...sides.holding("stepwise", { style: "text", parts }), hasToolCalls: false },
      read: (row) => {
        const context = readText(row, "prompt", "user")
        if (context instanceof FormatFlaw) return context
        const { completions, labels } = row
        if (!Array.isArray(completions)) {
          return new FormatFlaw("wrong type", "completions", kindOf(completions), "a list of texts")
        }
        if (completions.length === 0) return new FormatFlaw("no steps", "completions", "an empty list", "at least one")
        const atText = completions.findIndex((one) => typeof one !== "string")
        if (atText >= 0) return notText(completions[atText], `completions[${atText}]`)
        if (!Array.isArray(labels)) {
          return new FormatFlaw("label that is no boolean", "labels", kindOf(labels), "a list of true and false")
        }
        const atLabel = labels.findIndex((one) => typeof one !== "boolean")
        if (atLabel >= 0) {
          const found = kindOf(labels[atLabel])
          return new FormatFlaw("label that is no boolean", `labels[${atLabel}]`, found, "true or false")
        }
        if (labels.length !== completions.length) {
          const found = `${labels.length} labels for ${completions.length} steps`
          return new FormatFlaw("unequal lengths", "labels", found, "a label for each step")
        }
        const values = sides.read(row)
        if (values instanceof FormatFlaw) return values
        return {
          id: values.id,
          kind: "stepwise",
          style: "text",
          context,
          tools: values.tools,
          candidates: completions.map((text: string, i) =>
            candidateOf(unknown, [textMessage("assistant", text)], null, labels[i] as boolean)
          ),
          margin: null,
          votes: [],
          extra: sides.readExtra(row)
        }
      }
    }
  },
  writer: (holding) => {
    if (holding.kind !== "stepwise") return notOfKind(holding, "steps with labels")
    const sides = sideWriter(holding, promptNames, used)
    return {
      columns: [
        { name: "prompt", type: textType },
        { name: "completions", type: list(textType) },
        { name: "labels", type: list(booleanType) },
        ...sides.columns
      ],
      parts: [...parts, ...sides.parts],
      extra: sides.extra,
      notes: [],
      write: (record, into) => {
        const prompt = plainText(record.context, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const row = {
          prompt,
          completions: record.candidates.map(({ messages }) => messages[0]?.content ?? ""),
          labels: record.candidates.map(({ label }) => label)
        }
        sides.write(record, [], row)
        into.push(row)
        return undefined
      }
    }
  }
}

const list = (element: typeof textType) => ({ kind: "list", nullable: false, element }) as const
