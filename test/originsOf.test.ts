import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { type Origins, originsOf } from "../src/originsOf.ts"
import { Provenance } from "../src/Provenance.ts"
import { temporaryFolder } from "./cli/runPrefloom.ts"

const noted = (note: (provenance: Provenance) => void, look: (file: string) => void): void => {
  const { folder, remove } = temporaryFolder({})
  try {
    const file = path.join(folder, "provenance.jsonl")
    const provenance = new Provenance(file)
    note(provenance)
    provenance.flush()
    look(file)
  } finally {
    remove()
  }
}

const keysOf = ({ asked }: Origins) => asked.flatMap(({ calls }) => calls)

describe("originsOf", () => {
  it("originsOf goes back over several changes of grain", () =>
    noted(
      (provenance) => {
        provenance.asked("generate", "group", ["k1", "k2"])
        provenance.asked("generate", "last group", ["k4"])
        provenance.made("second", "group", ["pair"], { id: "group", says: "last" })
        provenance.made("second", "elsewhere", ["pair 2"], { id: "last" })
        provenance.asked("compare", "pair", ["k3"])
        provenance.made("third", "pair", ["last", "other"], { id: "pair" })
        provenance.asked("rate", "last", ["k5"])
      },
      (file) => {
        const origins = originsOf(file, ["last"])
        assert.deepStrictEqual([...origins.rows].toSorted(), ["group", "last", "pair"])
        assert.deepStrictEqual(
          origins.made.map(({ at, stage }) => [stage, at]),
          [
            ["second", 2],
            ["third", 5]
          ]
        )
        assert.deepStrictEqual(keysOf(origins), ["k1", "k2", "k3", "k5"])
        assert.deepStrictEqual(originsOf(file, ["nobody"]).asked, [])
      }
    ))

  it("originsOf leaves out what came after a row was used, such as the next round of a prompt", () =>
    noted(
      (provenance) => {
        provenance.asked("generate", "prompt", ["round 1"])
        provenance.made("pair", "prompt", ["a"], {})
        provenance.asked("generate", "prompt", ["round 2"])
        provenance.made("pair", "prompt", ["b"], {})
        provenance.made("again", "b", ["prompt"], {})
      },
      (file) => {
        assert.deepStrictEqual(keysOf(originsOf(file, ["a"])), ["round 1"])
        assert.deepStrictEqual(keysOf(originsOf(file, ["b"])), ["round 1", "round 2"])
        assert.deepStrictEqual([...originsOf(file, ["a"]).rows], ["a", "prompt"])
      }
    ))

  it("originsOf does not take what a pair was compared with for what it was made of", () =>
    noted(
      (provenance) => {
        for (const one of ["x", "y"]) {
          provenance.asked("generate", `group ${one}`, [`${one} 1`])
          provenance.made("pair", `group ${one}`, [one], {})
        }
        provenance.made("pairOfPairs", "y", ["y over x"], { id: "y" })
        provenance.asked("judge", "y over x", ["gap"])
        provenance.asked("judge", "another", ["gap 2"])
        provenance.made("pairStrengths", "y over x", ["y", "x"], { strong: { id: "y" }, weak: { id: "x" } })
      },
      (file) => {
        assert.deepStrictEqual(keysOf(originsOf(file, ["x"])), ["x 1", "gap"])
        assert.deepStrictEqual(keysOf(originsOf(file, ["x"], { asides: ["another"] })), ["x 1", "gap", "gap 2"])
        assert.deepStrictEqual(
          keysOf(originsOf(file, ["x"], { lines: new Map([["x", 4]]) })),
          ["x 1"],
          "before it was compared"
        )
        assert.deepStrictEqual(keysOf(originsOf(file, ["y over x"])), ["y 1", "gap"])
        assert.deepStrictEqual(
          originsOf(file, ["y"]).used.map(({ from }) => from),
          [{ id: "y" }]
        )
      }
    ))
})
