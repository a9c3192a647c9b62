import { assert, describe, it } from "@effect/vitest"
import { shp } from "../../src/formats/shp.ts"
import { formatContract, readRows } from "../contracts/format.ts"

formatContract({ format: shp, kind: "pair", style: "text", fields: ["id", "scores"], keepsExtra: true })

describe("shp", () => {
  it("shp takes the label 1 for A and 0 for B", () => {
    const rows = [1, 0].map((labels) => ({
      history: "q",
      human_ref_A: "a",
      human_ref_B: "b",
      labels,
      score_A: 5,
      score_B: 3
    }))
    const read = readRows(shp, rows).filter((one) => typeof one === "object")
    assert.deepStrictEqual(
      read.map(({ candidates }) => candidates.map(({ rank }) => rank)),
      [
        [0, 1],
        [1, 0]
      ]
    )
  })
})
