import type { Format } from "./Format.ts"
import { notText, textType } from "./PlainTexts.ts"
import { readSteerTurns, writeSteerTurns } from "./SteerTurns.ts"
import { recogniseStrengths, type StrengthForm, strengthReader, strengthWriter } from "./Strengths.ts"

const form: StrengthForm = {
  prompt: "prompt",
  promptType: textType,
  isTurns: false,
  first: "response_1",
  second: "response_2",
  strength: "preference_strength",
  votes: ["all_preferences_unprocessed", "three_most_similar_preferences"],
  voteStrength: "strength",
  readPrompt: ({ prompt }) => (typeof prompt === "string" ? readSteerTurns(prompt) : notText(prompt, "prompt")),
  writePrompt: (context) => writeSteerTurns(context, "prompt")
}

/**
 * The preferences of HelpSteer2: `prompt`, `response_1`, `response_2`, and `preference_strength` from −3, much better the first, to 3.
 *
 * 0 is a tie. A prompt of several turns is split at its markers, see `readSteerTurns`. Votes are all strengths that people gave, in
 * `all_preferences_unprocessed`, else those that the strength was made of, in `three_most_similar_preferences`. These columns, `split`,
 * `preference_statement` and `preference_elaboration` are kept as they are. Written as `helpsteer` is; a system turn has no place in there.
 *
 * Source: https://huggingface.co/datasets/nvidia/HelpSteer2, folder `preference`
 */
export const helpsteer2Preference: Format = {
  name: "helpsteer2-preference",
  about: "HelpSteer2 preferences with a strength from −3 to 3",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseStrengths(look, form),
  reader: (look) => strengthReader(look, form),
  writer: (holding) => strengthWriter(holding, form)
}
