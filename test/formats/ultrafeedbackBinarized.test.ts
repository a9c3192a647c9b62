import { ultrafeedbackBinarized } from "../../src/formats/ultrafeedbackBinarized.ts"
import { formatContract } from "../contracts/format.ts"

formatContract({
  format: ultrafeedbackBinarized,
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
