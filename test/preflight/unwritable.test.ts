import { assert, describe, it } from "@effect/vitest"
import type { Column } from "../../src/Columns.ts"
import { openaiPreference } from "../../src/formats/openaiPreference.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { unwritable } from "../../src/preflight/unwritable.ts"

const columns: ReadonlyArray<Column> = [{ name: "margin", type: { kind: "float", nullable: false, finite: true } }]

describe("unwritable", () => {
  it("unwritable names the first value that its column does not take", () => {
    assert.isUndefined(unwritable(trlPreference, columns, [{ margin: 1 }, { margin: 0.5 }]))
    assert.deepInclude(unwritable(trlPreference, columns, [{ margin: 1 }, { margin: null }]), {
      reason: "null value",
      column: "margin",
      found: "null"
    })
    assert.deepInclude(unwritable(trlPreference, columns, [{ margin: Infinity }]), { reason: "not finite" })
  })

  it("unwritable refuses half a character anywhere in a line of free JSON, and nothing else", () => {
    const line = (content: string) => [{ input: { messages: [{ content }], tools: [{ deep: [1, null, true] }] } }]
    assert.isUndefined(unwritable(openaiPreference, columns, line("\u{1f600}")))
    assert.deepInclude(unwritable(openaiPreference, columns, line("cut \ud83d")), {
      reason: "lone surrogate",
      column: "input"
    })
  })
})
