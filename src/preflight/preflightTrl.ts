import { trlPreferenceImplicit } from "../formats/trlPreferenceImplicit.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/**
 * Looks for what TRL does with rows as they stand: prompts taken out of whole texts by their characters (trap TRL-3), messages whose
 * keys differ (TRL-4), and template options that are null.
 *
 * `target` is the format that is trained on.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const preflightTrl = (target: string): PreflightCheck => {
  const isImplicit = target === trlPreferenceImplicit.name
  const insideWord = new Sightings()
  const noPrompt = new Sightings()
  const keysDiffer = new Sightings()
  const nullOptions = new Sightings()
  return {
    see: ({ example, pair, raw, record }) => {
      if (raw !== undefined && raw["chat_template_kwargs"] === null) nullOptions.see(example)
      if (!isImplicit) return
      if (record.style === "text" && pair !== null && pair.chosen !== pair.rejected) {
        const n = sharedPrefix(pair.chosen, pair.rejected)
        if (n === 0) noPrompt.see(example)
        else if (isInsideWord(pair.chosen, n) || isInsideWord(pair.rejected, n)) insideWord.see(example)
      }
      if (raw !== undefined && firstKeysDiffer(raw["chosen"], raw["rejected"])) keysDiffer.see(example)
    },
    result: (nRows) => ({
      findings: [
        ...findingOf(nRows, nullOptions, {
          check: "nullTemplateOptions",
          severity: "stops training",
          what: "chat_template_kwargs is null, which TRL spreads into a call",
          remedy: "leave the column out"
        }),
        ...findingOf(nRows, insideWord, {
          check: "promptCutInsideWord",
          severity: "silently wrong",
          what: "TRL's DPO takes the longest common beginning for the prompt, and here that ends inside a word (trap TRL-3)",
          remedy: "write the prompt in a column of its own: trl-preference"
        }),
        ...findingOf(nRows, noPrompt, {
          check: "noCommonPrompt",
          severity: "silently wrong",
          what: "the two whole texts have no beginning in common, so that TRL's DPO finds no prompt (trap TRL-3)",
          remedy: "write the prompt in a column of its own: trl-preference"
        }),
        ...findingOf(nRows, keysDiffer, {
          check: "messageKeysDiffer",
          severity: "silently wrong",
          what: "the first messages of both sides say the same but have other keys, so that TRL finds no prompt (trap TRL-4)",
          remedy: "give all messages the same keys: prefloom convert does"
        })
      ],
      unchecked: []
    })
  }
}

const isInsideWord = (text: string, at: number): boolean =>
  /[\p{L}\p{N}]$/u.test(text.slice(0, at)) && /^[\p{L}\p{N}]/u.test(text.slice(at))

const firstKeysDiffer = (chosen: unknown, rejected: unknown): boolean => {
  const [a, b] = [firstOf(chosen), firstOf(rejected)]
  if (a === null || b === null || a["role"] !== b["role"] || a["content"] !== b["content"]) return false
  return Object.keys(a).toSorted().join("\n") !== Object.keys(b).toSorted().join("\n")
}

const firstOf = (messages: unknown): Readonly<Record<string, unknown>> | null => {
  const first: unknown = Array.isArray(messages) ? messages[0] : null
  return typeof first === "object" && first !== null ? (first as Readonly<Record<string, unknown>>) : null
}
