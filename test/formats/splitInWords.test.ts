import { assert, describe, it } from "@effect/vitest"
import { splitInWords } from "../../src/formats/splitInWords.ts"

describe("splitInWords", () => {
  it.each([
    ["training", "train"],
    ["valid.part", "validation"],
    ["dev-2", "validation"],
    ["evaluation set", "test"],
    ["test_of_testing", "test"],
    ["train_test", null],
    ["Test", "test"],
    ["TRAIN_x", "train"],
    ["détest", null],
    ["default", null]
  ])("splitInWords reads %s as %s", (name, split) => {
    assert.strictEqual(splitInWords(name), split)
  })
})
