import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { convertTarget, splitName } from "../../src/cli/ConvertTarget.ts"
import { formats } from "../../src/formats/formats.ts"

const trl = formats.find(({ name }) => name === "trl-preference")!
const llama = formats.find(({ name }) => name === "llamafactory-sharegpt")!

describe("ConvertTarget", () => {
  it.effect("convertTarget takes the ending of a data file for a file and any path without one for a folder", () =>
    Effect.gen(function* () {
      const file = yield* convertTarget("out/pairs.jsonl.gz", trl)
      assert.isTrue(file.isFile)
      assert.deepStrictEqual(
        [file.shown, file.nameOf("test"), file.rejects],
        ["out", "pairs.jsonl.gz", "pairs.jsonl.gz.rejects.parquet"]
      )
      const folder = yield* convertTarget("out", trl)
      assert.isFalse(folder.isFile)
      assert.strictEqual(folder.nameOf("test-prefs"), "data/test_prefs-00000-of-00001.parquet")
      assert.strictEqual((yield* convertTarget("out", llama)).nameOf("test"), "test.jsonl")
      assert.match((yield* Effect.flip(convertTarget("out.txt", trl))).message, /found --out out\.txt, expected a file/)
      for (const out of ["-", "/dev/stdout"]) {
        assert.match((yield* Effect.flip(convertTarget(out, trl))).message, /standard output.*; name one with --out/)
      }
    })
  )

  it.effect("convertTarget leaves it to the writing to say that a name is too long", () =>
    Effect.gen(function* () {
      assert.isFalse((yield* convertTarget("x".repeat(300), trl)).isFile)
      assert.isTrue((yield* convertTarget(`${"x".repeat(300)}.jsonl`, trl)).isFile)
    })
  )

  it("splitName makes names that loaders take", () => {
    assert.deepStrictEqual(["train", "a-b c", ".x", "v1.2", "v1..2", "v1."].map(splitName), [
      "train",
      "a_b_c",
      "_x",
      "v1.2",
      "v1_.2",
      "v1_"
    ])
  })
})
