import { assert, describe, it } from "@effect/vitest"
import { missingColumns } from "./missingColumns.ts"

describe("toolLight to aceSearcher", () => {
  it(
    "toolLight to aceSearcher do not compile with two stages swapped, and the message names the missing column",
    { timeout: 60_000 },
    () => {
      assert.deepStrictEqual(missingColumns("toolLightToAceSearcher"), {
        toolLight: "spans",
        toolLightSampler: "tokenEntropies",
        intervenedPreferenceOptimization: "spans",
        advChain: "candidates",
        dontThinkLonger: "candidates",
        rlhi: "feedbackClass",
        rlhiPersonas: "personas",
        medCritical: "judgments",
        rar2: "toolFindings",
        aceSearcher: "judgments"
      })
    }
  )
})
