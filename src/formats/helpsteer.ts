import { type Format, FormatFlaw } from "./Format.ts"
import { helpsteer2Preference } from "./helpsteer2Preference.ts"
import { messagesType, readMessages, writeMessages } from "./Messages.ts"
import { promptFlaw } from "./PairRules.ts"
import { recogniseStrengths, type StrengthForm, strengthReader, strengthWriter } from "./Strengths.ts"

const form: StrengthForm = {
  prompt: "context",
  promptType: messagesType({ hasToolCalls: false }),
  isTurns: true,
  first: "response1",
  second: "response2",
  strength: "overall_preference",
  votes: ["individual_preference"],
  voteStrength: "score",
  readPrompt: ({ context }) => {
    const messages = readMessages(context, "context")
    return messages instanceof FormatFlaw ? messages : (promptFlaw(messages, "context") ?? messages)
  },
  writePrompt: (context) => promptFlaw(context, "context") ?? writeMessages(context, { hasToolCalls: false }, "context")
}

/**
 * HelpSteer3 preferences: `context` with messages, `response1`, `response2`, and `overall_preference` from −3, much better the first, to 3.
 *
 * 0 is a tie. The margin is the strength, and the scores in `individual_preference` are votes of nobody; that column, `domain` and `language` are
 * kept as they are. Written are the responses in their places, a strength that is the margin, and ties. Read are the preferences of
 * HelpSteer2 as well, see `helpsteer2Preference`.
 *
 * Source: https://huggingface.co/datasets/nvidia/HelpSteer3
 */
export const helpsteer: Format = {
  name: "helpsteer",
  about: "HelpSteer3 preferences with a strength from −3 to 3",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseStrengths(look, form),
  reader: (look) =>
    helpsteer2Preference.recognise(look) === null ? strengthReader(look, form) : helpsteer2Preference.reader(look),
  writer: (holding) => strengthWriter(holding, form)
}
