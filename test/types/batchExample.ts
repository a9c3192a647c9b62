import { batch } from "../../src/providers/batch.ts"

export const provider = batch({
  model: "gpt-4.1-mini",
  prices: { "gpt-4.1-mini": { inputPerMillion: 0.2, outputPerMillion: 0.8 } },
  minRequests: 100
})
