import type { PairRule } from "../pairings/PairRule.ts"
import type { Format, Holding, Refusal, Writer } from "./Format.ts"
import { listWriter } from "./listWriter.ts"

/**
 * Makes the writer of a format for pairs that a rule cuts from ranked lists; for pairs that are pairs already it is the format's own.
 *
 * Lists become pairs also where the format holds lists. Refused are records without an order, prompts as what is written, and a rule that may
 * put one reply on both sides where each is written with a label of its own.
 */
export const cutWriter = (format: Format, holding: Holding, rule: PairRule): Writer | Refusal => {
  const { kind } = holding
  if (kind === "pair") return format.writer(holding)
  if (kind !== "ranked") return { found: "records that are no ranked lists", wanted: "ranked lists to cut pairs from" }
  if (format.reads.every((one) => one === "prompt" || one === "stepwise")) {
    return { found: `pairs of ranked lists for ${format.name}`, wanted: "a format that holds pairs" }
  }
  if (format.reads.every((one) => one === "unpaired") && rule.most !== 1) {
    return {
      found: "several pairs of each ranked list, so that a reply is wanted in one and unwanted in the next,",
      wanted: "one pair of each list, as best-worst makes it"
    }
  }
  return listWriter(holding, rule, format.writer)
}
