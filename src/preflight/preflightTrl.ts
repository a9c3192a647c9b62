import { trlPreferenceImplicit } from "../formats/trlPreferenceImplicit.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { trlReward } from "../formats/trlReward.ts"
import type { Row } from "../formats/Format.ts"
import type { Example } from "../Preflight.ts"
import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** Columns of log-probabilities of the reference model. */
const references = ["ref_chosen_logps", "ref_rejected_logps", "ref_logps", "ref_KL_logps"]

/**
 * Looks for what TRL does with rows as they stand: a prompt as text beside replies as messages (trap TRL-1), prompts taken out of whole texts by
 * their characters (TRL-3), messages whose keys differ (TRL-4), template options that are null, and log-probabilities of a reference model and margins that are no numbers.
 *
 * `target` is the format that is trained on; of one that is not TRL's, only the mixture is looked for, in which published sets come.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const preflightTrl = (target: string): PreflightCheck => {
  const isImplicit = target === trlPreferenceImplicit.name
  const insideWord = new Sightings()
  const noPrompt = new Sightings()
  const keysDiffer = new Sightings()
  const nullOptions = new Sightings()
  const mixed = new Sightings()
  const reference = tensorColumns(references)
  const margin = tensorColumns(target === trlReward.name ? ["margin"] : [])
  return {
    seeUnread: (example, raw) => {
      if (isMixed(raw)) mixed.see(example)
    },
    see: ({ example, pair, raw, record }) => {
      if (raw !== undefined && isMixed(raw)) mixed.see(example)
      if (!target.startsWith("trl-")) return
      if (raw !== undefined) {
        reference.see(raw, example)
        margin.see(raw, example)
      }
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
        ...findingOf(nRows, mixed, {
          check: "mixedShapes",
          severity: "stops training",
          what: "the prompt is text and the replies are messages, or the other way round: TRL looks at one column of its choice, from one start to the next another (trap TRL-1)",
          remedy: "prefloom convert --to trl-preference writes messages in all three"
        }),
        ...findingOf(nRows, reference.lacking(), {
          check: "missingReference",
          severity: "stops training",
          what: `a log-probability of the reference model is no number, where TRL makes tensors of ${namesOf(reference.there)}`,
          remedy: "leave the columns out"
        }),
        ...findingOf(nRows, margin.lacking(), {
          check: "missingMargin",
          severity: "stops training",
          what: '"margin" is no number, where RewardTrainer wants one in all rows or no such column',
          remedy: "prefloom convert --to trl-reward leaves the column out where a row has none"
        }),
        ...findingOf(nRows, reference.whole, {
          check: "referenceColumns",
          severity: "worth knowing",
          what: `TRL from 1.0 on does not take log-probabilities of the reference model from ${namesOf(reference.there)}, and with precompute_ref_log_probs these columns clash with its own`,
          remedy: "leave the columns out, unless an older TRL or a loop of your own reads them"
        }),
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

const namesOf = (names: ReadonlySet<string>): string => [...names].map((name) => `"${name}"`).join(" and ")

/** Says whether of prompt and replies some are texts and some are messages. */
const isMixed = (raw: Row): boolean => {
  const values = ["prompt", "chosen", "rejected", "completion"].map((name) => raw[name])
  return values.some((value) => typeof value === "string") && values.some(areMessages)
}

const areMessages = (value: unknown): boolean => {
  const first: unknown = Array.isArray(value) ? value[0] : null
  return typeof first === "object" && first !== null && "role" in first
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

/** Counts rows by whether those of these columns that are there are numbers, of which a trainer makes tensors. */
const tensorColumns = (names: ReadonlyArray<string>) => {
  const there = new Set<string>()
  const whole = new Sightings()
  const others = new Sightings()
  return {
    there,
    whole,
    /** Rows without a number, where the data have such a column at all. */
    lacking: () => (there.size === 0 ? new Sightings() : others),
    see: (raw: Row, example: Example) => {
      const held = names.filter((name) => raw[name] !== undefined)
      for (const name of held) there.add(name)
      const isWhole = held.length > 0 && held.every((name) => typeof raw[name] === "number")
      if (isWhole) whole.see(example)
      else others.see(example)
    }
  }
}
