import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Evidence from "../../src/stages/Evidence.ts"

const findings = [
  { tool: "search", candidateId: null, query: "q", text: "of all" },
  { tool: "detector", candidateId: "a", query: "qa", text: "of a" },
  { tool: "detector", candidateId: "b", query: "qb", text: "of b" }
]

describe("Evidence", () => {
  it("Evidence.textOf shows a column as it is, and nothing where it has no words", () => {
    assert.strictEqual(Evidence.textOf("fact", { fact: " It broke. " }), " It broke. ")
    assert.deepStrictEqual(
      [null, " \n", undefined, []].map((fact) => Evidence.textOf("fact", { fact })),
      [null, null, null, null]
    )
    assert.isNull(Evidence.textOf(undefined, {}))
    assert.strictEqual(Evidence.textOf("facts", { facts: ["one", "two"] }), "one\ntwo")
    assert.strictEqual(Evidence.textOf("n", { n: 3 }), "3")
  })

  it("Evidence.textOf shows findings about the candidates that are shown, and those about none", () => {
    assert.strictEqual(
      Evidence.textOf("found", { found: findings }, [{ id: "b" }]),
      "tool: search\nquery: q\ntext: of all\n\ntool: detector\nquery: qb\ntext: of b"
    )
    assert.strictEqual(Evidence.textOf("found", { found: findings }), "tool: search\nquery: q\ntext: of all")
  })

  it("Evidence.textOf gives a function the row and what is shown, in order", () => {
    const own = (row: { readonly n: number }, ...shown: ReadonlyArray<{ readonly id: string }>) =>
      `${row.n} ${shown.map(({ id }) => id).join()}`
    assert.strictEqual(Evidence.textOf(own as Evidence.AnyEvidence, { n: 1 }, [{ id: "b" }, { id: "a" }]), "1 b,a")
    assert.strictEqual(Evidence.describe(own as Evidence.AnyEvidence), String(own))
    assert.deepStrictEqual([Evidence.describe("fact"), Evidence.describe(undefined)], ["fact", null])
  })

  it("Evidence.check refuses a column that is no slot", () => {
    assert.doesNotThrow(() => Evidence.check("s", { fact: Schema.String }, "fact"))
    assert.throws(() => Evidence.check("s", { fact: Schema.String }, "facts"), /"s": found the evidence "facts"/)
    assert.throws(() => Evidence.check("s", {}, "toString"), /the slots none/)
  })
})
