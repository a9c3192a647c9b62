/**
 * SeaPO: wanted and unwanted answers for KTO, the unwanted ones made by putting an error into the wanted ones.
 *
 * Paper: SeaPO (EMNLP 2025 Findings), https://arxiv.org/abs/2509.24781.
 * Reproduced: three error types, of which one is drawn for each row (the paper's mixed set); the chosen answer is corrupted and the
 * rejected one of the source is not used; one row with each label for each source row.
 * Outside: KTO training.
 * Constants: from the authors' code: temperature 0, 1,024 tokens, equal chances for the types; ours, because theirs were not found: the
 * checks of `inject`, which leave out texts that are unchanged, rewritten from scratch, cut off or a refusal, and with them the pair.
 * Needs: any language model; the authors take one of the size of the policy. Input columns id, prompt, chosen, rejected.
 */
import { adopt, dataset, inject, injected, into, jsonl, openai, seaPoErrorTypes } from "prefloom"
import { unjudged, unpaired, using } from "prefloom"
import * as Schema from "effect/Schema"

const preferences = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

export const seaPo = jsonl("data/seaPo.jsonl", preferences).pipe(
  adopt({ columns: ["chosen"], model: "source" }),
  inject({ types: seaPoErrorTypes, draw: "one", target: "first", maxTokens: 1024 }),
  unjudged(),
  unpaired({ by: "side", rules: [injected()] })
)

export default seaPo.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
