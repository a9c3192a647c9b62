import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import type { Preference } from "../../src/formats/Format.ts"
import { trlReward } from "../../src/formats/trlReward.ts"
import { formatContract, holdingOf } from "../contracts/format.ts"

const withMargin = (record: Preference): Preference => ({ ...record, margin: record.margin ?? 0.25 })

formatContract({
  format: trlReward,
  kind: "pair",
  style: "text",
  fields: ["id", "models", "scores", "margin"],
  keepsExtra: true,
  adjust: withMargin
})
formatContract({
  format: trlReward,
  kind: "pair",
  style: "messages",
  fields: ["margin", "tools"],
  keepsExtra: false,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true,
  hasLongReplies: true,
  adjust: withMargin
})

describe("trlReward", () => {
  it("trlReward wants a margin in every row where there is one", () => {
    const writer = trlReward.writer(holdingOf({ kind: "pair", style: "text", fields: ["margin"], keepsExtra: false }))
    if (!("columns" in writer)) return assert.fail(writer.found)
    const margin = writer.columns.find(({ name }) => name === "margin")!
    assert.isDefined(Columns.mismatch(margin, null))
    assert.isUndefined(Columns.mismatch(margin, 0.5))
  })
})
