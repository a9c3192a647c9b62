import type { Part } from "../formats/Format.ts"

/** Says in a few words what a column holds that stands for a part of a record, whatever its name. */
export const partMeaning = (part: Part): string => meanings[part]

const meanings: Readonly<Record<Part, string>> = {
  prompt: "what was asked",
  chosen: "the reply recorded as better",
  rejected: "the reply recorded as worse",
  candidates: "the replies",
  label: "what was recorded of the replies: which is better, or whether one is good",
  id: "id of the row",
  tools: "tools that a reply may call",
  models: "model that wrote the reply",
  candidateIds: "id of the reply",
  scores: "score of the reply",
  margin: "how strong the preference is",
  votes: "opinions about the replies",
  annotators: "who gave the opinions",
  refLogProbs: "log-probability of the reply under a reference model"
}
