import { type Format, FormatFlaw } from "./Format.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { explicitWriter, trlPreference } from "./trlPreference.ts"
import { pairNames } from "./SideColumns.ts"
import { isRefusal } from "./Format.ts"
import { trlReward } from "./trlReward.ts"

/**
 * OpenRLHF pairs: `prompt`, `chosen`, `rejected` and a `margin` that its reward model may use; the columns of TRL.
 *
 * Messages need its chat template switched on, texts switched off. The margin may be missing in a row, which counts as 0. Each reply is
 * one message, since it cuts both conversations at the same length.
 *
 * Source: https://github.com/OpenRLHF/OpenRLHF
 */
export const openrlhf: Format = {
  name: "openrlhf",
  about: "OpenRLHF pairs with an optional margin",
  reads: ["pair"],
  extension: ".jsonl",
  readAs: "trl-preference",
  recognise: (look) => trlPreference.recognise(look),
  reader: (look) => trlReward.reader(look),
  writer: (holding): ReturnType<Format["writer"]> => {
    if (holding.kind === "ranked") return listWriter(holding, listRules["best-worst"], openrlhf.writer)
    const made = explicitWriter(holding, pairNames)
    if (isRefusal(made)) return made
    const mode = holding.style === "messages" ? "on" : "off"
    return {
      ...made,
      notes: [
        ...made.notes,
        `train with the chat template ${mode}: rows hold ${holding.style === "text" ? "texts" : "messages"}`
      ],
      write: (record, into) => {
        const long = record.candidates.find(({ messages }) => messages.length > 1)
        return long === undefined
          ? made.write(record, into)
          : new FormatFlaw(
              "reply of several messages",
              null,
              `${long.messages.length} messages`,
              "one message in a reply"
            )
      }
    }
  }
}
