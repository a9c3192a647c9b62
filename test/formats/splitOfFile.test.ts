import { assert, describe, it } from "@effect/vitest"
import { splitOfFile } from "../../src/formats/splitOfFile.ts"

describe("splitOfFile", () => {
  it.each([
    ["data/train-00000-of-00002.parquet", "train"],
    ["test_prefs-00001-of-00002.parquet", "test_prefs"],
    ["a/test.jsonl.gz", "test"],
    ["validation.csv", "validation"],
    ["train/pairs.jsonl", null],
    ["mytest.jsonl", null],
    ["test_prefs.parquet", "test"],
    ["prefs-eval.jsonl.gz", "test"],
    ["preferences_validation2.jsonl", "validation"],
    ["train_sft.json", "train"],
    ["pairs of train and test.csv", null],
    ["latest_contest.jsonl", null],
    ["train", "train"]
  ])("splitOfFile reads %s as %s", (file, split) => {
    assert.strictEqual(splitOfFile(file), split)
  })
})
