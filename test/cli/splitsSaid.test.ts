import { assert, describe, it } from "@effect/vitest"
import type { InputFile } from "../../src/cli/inputFiles.ts"
import { splitsSaid } from "../../src/cli/splitsSaid.ts"

const file = (name: string, split: string, by: InputFile["by"]): InputFile => ({ name, bytes: 1, split, by })

describe("splitsSaid", () => {
  it("splitsSaid says where splits come from, with some of the files", () => {
    const many = ["a", "b", "c", "d"].map((name) => file(name, "train", "card"))
    assert.strictEqual(
      splitsSaid([...many, file("held", "test", "card"), file("x_dev.csv", "validation", "word")]),
      "; the splits are those of the card: train (a, b, c and 1 more), test (held); the splits are those of words in file names: validation (x_dev.csv)"
    )
  })

  it("splitsSaid tells no path but the folder of a file", () => {
    assert.strictEqual(
      splitsSaid([file("/home/me/set/train/0000.jsonl", "train", "folder")]),
      "; the splits are those of the folders: train (train/0000.jsonl)"
    )
  })

  it("splitsSaid is silent on what a name says as a whole, and where nothing says it", () => {
    assert.strictEqual(splitsSaid([file("test.csv", "test", "name"), file("pairs.csv", "train", null)]), "")
  })
})
