import { assert, describe, it } from "@effect/vitest"
import { missingColumns } from "./missingColumns.ts"

describe("metaApo to pedagogicalAlignment", () => {
  it(
    "metaApo to pedagogicalAlignment do not compile with two stages swapped, and the message names the missing column",
    { timeout: 60_000 },
    () => {
      assert.deepStrictEqual(missingColumns("metaApoToPedagogicalAlignment"), {
        metaApo: "weight",
        transformingRewards: "judgments",
        vdcAgent: "judgments",
        vdcAgentOrder: "margin",
        anyprefer: "toolFindings",
        socraticZero: "judgments",
        weakToStrong: "flagged",
        pedagogicalAlignment: "judgments"
      })
    }
  )
})
