import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { formatContract } from "../contracts/format.ts"

formatContract({ format: trlPrompt, kind: "prompt", style: "text", fields: ["id"], keepsExtra: true })
formatContract({
  format: trlPrompt,
  kind: "prompt",
  style: "messages",
  fields: ["id", "tools"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true
})
