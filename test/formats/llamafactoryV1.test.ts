import { llamafactoryV1 } from "../../src/formats/llamafactoryV1.ts"
import { formatContract } from "../contracts/format.ts"

formatContract({
  format: llamafactoryV1,
  kind: "pair",
  style: "messages",
  fields: ["id", "tools", "models", "candidateIds", "scores", "margin", "votes", "refLogProbs"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasLongReplies: true
})
