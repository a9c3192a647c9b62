/**
 * Says in a few words what a column holds, for the columns that Prefloom writes; empty for any other.
 *
 * A name means the same thing in every table.
 */
export const columnMeaning = (name: string): string => meanings.get(name) ?? ""

const meanings: ReadonlyMap<string, string> = new Map([
  ["id", "stable id of the row, a hash of its content"],
  ["promptId", "id of the prompt the row came from; all its rows share it"],
  ["domain", "subject of the prompt"],
  ["prompt", "what was asked"],
  ["reference", "short checkable answer, null for open tasks"],
  ["chosen", "the text recorded as better"],
  ["rejected", "the text recorded as worse"],
  ["completion", "the answer"],
  ["label", "true when the completion is the chosen one of its pair"],
  ["messages", "the conversation, turn by turn"],
  ["chosenId", "id of the chosen candidate"],
  ["rejectedId", "id of the rejected candidate"],
  ["chosenModel", "model that wrote the chosen text"],
  ["rejectedModel", "model that wrote the rejected text"],
  ["scoreChosen", "score of the chosen text, null when there is none"],
  ["scoreRejected", "score of the rejected text, null when there is none"],
  ["score_chosen", "score of the chosen text"],
  ["score_rejected", "score of the rejected text"],
  ["margin", "distance of the two scores, in units of the score; how strong the preference is, not how sure"],
  ["rule", "rule that made the pair"],
  ["sharedPlace", "true when another candidate could have stood in its place: the rule left a tie"],
  ["chosenFirst", "drawn side: whether the chosen text comes first where the two are shown side by side"],
  ["errorType", "type of the error that was injected into the rejected text, null when none was"],
  [
    "labelProb",
    "posterior probability, 0 to 1, that the recorded order is right; null without a label about this pair"
  ],
  ["nLabels", "number of labels about this pair"],
  ["plantedCorrect", "whether the order agrees with the planted truth; known for simulated models only"],
  ["candidates", "all answers to the prompt, with how each was made"],
  ["judgments", "all opinions about the answers: who, about what, on which axis"],
  ["labels", "comparisons as the cleaner left them, with their label probability and weight"],
  ["weight", "what the row counts for"],
  ["target", "probability, 0 to 1, that the text called chosen is the better one, for a soft loss"],
  [
    "flagged",
    "true when the recorded order is suspected to be wrong, by the method and the limit that the manifest names"
  ],
  ["votesFor", "number of votes for the recorded order"],
  ["votesAgainst", "number of votes for the opposite order"],
  ["strong", "the pair with the stronger preference"],
  ["weak", "the pair with the weaker preference"],
  ["sampler", "how the two pairs were drawn"],
  ["labelSource", "where the order of the two pairs comes from"],
  ["tie", "true when both preferences are equally strong; the sides mean nothing then"],
  ["flipped", "true when the label was turned round on purpose"],
  ["annotator", "who judged"],
  ["annotatorId", "who judged"],
  ["split", "part of the data set; all rows of a prompt are in the same one"]
])
