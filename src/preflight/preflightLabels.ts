import * as Figure from "../Figure.ts"
import { FormatFlaw } from "../formats/Format.ts"
import { orderOf } from "../formats/PairRules.ts"
import type { Example, PreflightFinding } from "../Preflight.ts"
import { findingOf, nExamples, type PreflightCheck } from "./PreflightCheck.ts"

/** Outside of this ratio of weighted labels TRL's KTO warns. */
const usualRatio = 4 / 3

/**
 * Looks at the labels: of single replies whether both are there and balanced, of pairs whether there is an order.
 *
 * Ties are "wrong" where rows are trained on as they are, and what some votes say where nobody trains on "votes"; "elsewhere" leaves them to the
 * check of a trainer that does not go on with them.
 *
 * Source: https://huggingface.co/docs/trl/kto_trainer, "imbalanced data"
 */
export const preflightLabels = (ties: "wrong" | "votes" | "elsewhere"): PreflightCheck => {
  const examples = new Map<string, Array<Example>>()
  const counts = { wanted: 0, unwanted: 0, ordered: 0, unordered: 0, tied: 0 }
  const note = (kind: keyof typeof counts, example: Example) => {
    counts[kind]++
    const held = examples.get(kind) ?? []
    if (held.length < nExamples) examples.set(kind, [...held, example])
  }
  return {
    see: ({ example, pair, record }) => {
      if (record.kind === "unpaired") note(record.candidates[0]?.label === true ? "wanted" : "unwanted", example)
      if (record.kind === "pair" || record.kind === "ranked") {
        const hasTexts = record.candidates.some(({ messages }) => messages.length > 0)
        if (pair !== null) note("ordered", example)
        else if (hasTexts && ties !== "elsewhere") {
          const isVote = ties === "votes" && !(orderOf(record.candidates) instanceof FormatFlaw)
          note(isVote ? "tied" : "unordered", example)
        }
      }
    },
    result: (nRows) => {
      const of = (kind: keyof typeof counts) => ({ rows: counts[kind], examples: examples.get(kind) ?? [] })
      const { ordered, tied, unordered, unwanted, wanted } = counts
      const isSingle = wanted + unwanted > 0
      const findings: ReadonlyArray<PreflightFinding> = [
        ...findingOf(nRows, of("unordered"), {
          check: "noOrder",
          severity: "silently wrong",
          what: "of the replies none is said to be better: a tie, or nothing readable",
          remedy: "prefloom convert leaves these rows out"
        }),
        ...findingOf(nRows, of("tied"), {
          check: "ties",
          severity: "worth knowing",
          what: "votes say that the replies are equally good",
          remedy: "keep them for prefloom audit and clean; prefloom convert leaves them out of pairs"
        }),
        ...(isSingle && (wanted === 0 || unwanted === 0)
          ? findingOf(nRows, of(wanted === 0 ? "unwanted" : "wanted"), {
              check: "oneLabel",
              severity: "silently wrong",
              what: `every reply is labelled ${wanted === 0 ? "unwanted" : "wanted"}, so that there is nothing to prefer`,
              remedy: "check the column of the label"
            })
          : isSingle && Math.max(wanted, unwanted) > usualRatio * Math.min(wanted, unwanted)
            ? findingOf(nRows, of(wanted > unwanted ? "wanted" : "unwanted"), {
                check: "labelBalance",
                severity: "worth knowing",
                what: `${Figure.count(wanted)} wanted and ${Figure.count(unwanted)} unwanted replies, outside of 1 to 4/3`,
                remedy: weightRemedy(wanted, unwanted)
              })
            : [])
      ]
      return {
        findings,
        unchecked:
          ordered + unordered + tied + wanted + unwanted === 0 ? [{ check: "labels", why: "the data have none" }] : []
      }
    }
  }
}

const weightRemedy = (wanted: number, unwanted: number): string =>
  wanted > unwanted
    ? `in TRL's KTO set undesirable_weight to about ${Figure.decimal(wanted / unwanted)}`
    : `in TRL's KTO set desirable_weight to about ${Figure.decimal(unwanted / wanted)}`
