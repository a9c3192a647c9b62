import type { JournalEntry } from "../../src/Journal.ts"

/** A failure as it is filed under a key. */
export const failureOf = (key: string): JournalEntry => ({
  key,
  provider: "p",
  endpoint: "e",
  model: "m",
  request: "{}",
  answer: "null",
  failure: "{}",
  promptTokens: null,
  completionTokens: null,
  costUsd: null,
  latencyMs: 0,
  answeredAt: 0,
  estimate: null,
  calls: 0
})
