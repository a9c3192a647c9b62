import { assert, describe, it } from "@effect/vitest"
import { foundColumns, holds, mostlyHolds, recogniseColumns } from "../../src/formats/LookedAt.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { lookOf, readRows } from "../contracts/format.ts"

const good = { prompt: "p", chosen: "a", rejected: "b" }
const rows = (nGood: number, ...bad: ReadonlyArray<Record<string, unknown>>) => [
  ...Array.from({ length: nGood }, () => good),
  ...bad
]

describe("LookedAt", () => {
  it("LookedAt lets less than half of the values be something else where a format needs a column, and none elsewhere", () => {
    const bad = { ...good, prompt: 5 }
    const one = lookOf(rows(3, bad, bad))
    assert.isTrue(mostlyHolds(one, "prompt", "text"))
    assert.isFalse(holds(one, "prompt", "text"))
    assert.isFalse(mostlyHolds(lookOf(rows(2, bad, bad)), "prompt", "text"))
    assert.isNotNull(recogniseColumns(one, { prompt: "text" }))
  })

  it("LookedAt takes null and nothing for no sign, and the type alone where there are no values", () => {
    assert.isTrue(holds(lookOf(rows(1, { ...good, prompt: null })), "prompt", "text"))
    const column = { name: "prompt", columnType: { kind: "string", nullable: true } } as const
    assert.isTrue(holds({ columns: [column], sample: [] }, "prompt", "text"))
    assert.isFalse(holds({ columns: [column], sample: [] }, "prompt", "number"))
    assert.isFalse(holds({ columns: [], sample: [good] }, "prompt", "text"))
  })

  it("LookedAt rejects the broken row among the first, as those further down, and reads the others", () => {
    const read = readRows(trlPreference, rows(20, { ...good, chosen: ["a"] }, { ...good, rejected: 4 }))
    assert.deepStrictEqual(
      read.map((one) => (typeof one === "string" ? one : null)),
      [...Array.from({ length: 20 }, () => null), "wrong type", "wrong type"]
    )
  })

  it("LookedAt names the row in which a column is something else than mostly", () => {
    assert.strictEqual(
      foundColumns(lookOf(rows(2, { ...good, chosen: 5 }))),
      'the columns "prompt", "chosen", "rejected", where "chosen" is a number in row 3 and mostly text'
    )
    assert.strictEqual(foundColumns(lookOf(rows(2))), 'the columns "prompt", "chosen", "rejected"')
    assert.strictEqual(foundColumns({ columns: [], sample: [] }), "no columns")
  })
})
