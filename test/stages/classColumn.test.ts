import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { WiringError } from "../../src/Pipeline.ts"
import { classColumn } from "../../src/stages/classColumn.ts"

const columns = {
  text: Schema.NullOr(Schema.String),
  flag: Schema.Boolean,
  count: Schema.NullOr(Schema.Int),
  score: Schema.Finite,
  tags: Schema.Array(Schema.String)
}

describe("classColumn", () => {
  it("classColumn names classes as JavaScript writes the values", () => {
    const row = { text: "math", flag: true, count: null, score: 1.5 }
    for (const [by, name] of [
      ["text", "math"],
      ["flag", "true"],
      ["count", "null"]
    ] as const) {
      const { classOf, needs } = classColumn("quota", columns, by)
      assert.strictEqual(classOf(row), name)
      assert.deepStrictEqual(Object.keys(needs), [by])
      assert.strictEqual(needs[by], columns[by])
    }
  })

  it("classColumn refuses columns that are missing or name no classes", () => {
    for (const by of ["score", "tags", "other"]) {
      assert.throws(
        () => classColumn("quota", columns, by),
        WiringError,
        new RegExp(`Cannot put stage "quota" here: column "${by}" is .*expected texts, booleans or whole numbers`)
      )
    }
  })
})
