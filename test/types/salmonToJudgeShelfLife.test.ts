import { assert, describe, it } from "@effect/vitest"
import { missingColumns } from "./missingColumns.ts"

describe("salmon to judgeShelfLife", () => {
  it(
    "salmon to judgeShelfLife do not compile with two stages swapped, and the message names the missing column",
    { timeout: 60_000 },
    () => {
      assert.deepStrictEqual(missingColumns("salmonToJudgeShelfLife"), {
        salmon: "judgments",
        rlhs: "decisions",
        pal: "taste",
        cut: "judgment",
        judgeShelfLife: "chosen, rejected"
      })
    }
  )
})
