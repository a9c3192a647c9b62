import { assert, describe, it } from "@effect/vitest"
import { plainSplit } from "../../src/formats/plainSplit.ts"

describe("plainSplit", () => {
  it.each([
    ["data/train_prefs-00000-of-00002.parquet", "train_prefs"],
    ["data/human-00000-of-00001-25f4910818759289.parquet", "human"],
    ["train/data-00000-of-00001.arrow", null],
    ["a/dev.jsonl.zst", "dev"],
    ["Test.jsonl", "test"],
    ["Test-00000-of-00001.jsonl", "Test"],
    ["eval.train.jsonl", null],
    ["train_prefs.parquet", null],
    ["training.json", null]
  ])("plainSplit reads %s as %s", (file, split) => {
    assert.strictEqual(plainSplit(file), split)
  })
})
