import type { Preference } from "../../src/formats/Format.ts"
import { prefloom } from "../../src/formats/prefloom.ts"
import { formatContract } from "../contracts/format.ts"

/** Ids and models are in every pair, and so are the columns that other formats lack. */
const complete = (record: Preference): Preference => ({
  ...record,
  id: record.id ?? "x",
  candidates: record.candidates.map((one) => ({ ...one, id: one.id ?? "c", model: one.model ?? "m" })),
  extra: {
    promptId: "p",
    rule: "bestWorst",
    sharedPlace: true,
    chosenFirst: false,
    errorType: "facts",
    labelProb: 0.5,
    nLabels: 3,
    plantedCorrect: true,
    ...record.extra
  }
})

formatContract({
  format: prefloom,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "candidateIds", "scores", "margin"],
  keepsExtra: true,
  adjust: complete
})
