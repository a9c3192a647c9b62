import { assert, describe, it } from "@effect/vitest"
import { unheardTrusted } from "../../src/cli/unheardTrusted.ts"

describe("unheardTrusted", () => {
  it("unheardTrusted names the one without a vote and ten who have one", () => {
    assert.isNull(unheardTrusted(["ada"], ["bo", "ada"]))
    assert.isNull(unheardTrusted([], []))
    const many = [null, ...Array.from({ length: 12 }, (_, i) => `w${i}`)]
    assert.strictEqual(
      unheardTrusted(["w3", "ada"], many)!.found,
      `no vote by "ada", but by nobody named, ${many
        .slice(1, 10)
        .map((name) => `"${name}"`)
        .join(", ")} and 3 more`
    )
  })
})
