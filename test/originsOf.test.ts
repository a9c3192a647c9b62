import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { originsOf } from "../src/originsOf.ts"
import { Provenance } from "../src/Provenance.ts"
import { temporaryFolder } from "./cli/runPrefloom.ts"

describe("originsOf", () => {
  it("originsOf goes back over several changes of grain, whatever the order of the lines", () => {
    const { folder, remove } = temporaryFolder({})
    try {
      const file = path.join(folder, "provenance.jsonl")
      const provenance = new Provenance(file)
      provenance.made("third", "pair", ["last", "other"], { id: "pair" })
      provenance.asked("compare", "pair", ["k3"])
      provenance.made("second", "group", ["pair"], { id: "group", says: "last" })
      provenance.made("second", "elsewhere", ["pair 2"], { id: "last" })
      provenance.asked("generate", "group", ["k1", "k2"])
      provenance.asked("generate", "last group", ["k4"])
      provenance.flush()
      const { asked, made, rows } = originsOf(file, ["last"])
      assert.deepStrictEqual([...rows].toSorted(), ["group", "last", "pair"])
      assert.deepStrictEqual(
        made.map(({ stage }) => stage),
        ["third", "second"]
      )
      assert.deepStrictEqual(
        asked.flatMap(({ calls }) => calls),
        ["k3", "k1", "k2"]
      )
      assert.deepStrictEqual(originsOf(file, ["nobody"]).asked, [])
    } finally {
      remove()
    }
  })
})
