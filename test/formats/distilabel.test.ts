import { distilabel } from "../../src/formats/distilabel.ts"
import { formatContract } from "../contracts/format.ts"

formatContract({
  format: distilabel,
  kind: "pair",
  style: "messages",
  fields: ["id", "models", "scores", "margin", "candidateIds", "votes", "refLogProbs", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true
})
