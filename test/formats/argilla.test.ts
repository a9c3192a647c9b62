import { argilla } from "../../src/formats/argilla.ts"
import { formatContract } from "../contracts/format.ts"

formatContract({
  format: argilla,
  kind: "pair",
  style: "messages",
  fields: ["id", "models", "scores", "margin", "candidateIds", "votes", "refLogProbs", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true
})
