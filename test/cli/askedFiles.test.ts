import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { askedFiles } from "../../src/cli/askedFiles.ts"
import { openInput } from "../../src/cli/ConvertInput.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const pair = (prompt: string, more: object = {}) =>
  `${JSON.stringify({ prompt, chosen: `yes to ${prompt}`, rejected: `no to ${prompt}`, ...more })}\n`
const { folder, remove } = temporaryFolder({
  "pairs.jsonl": pair("a"),
  "prefs_test.jsonl": pair("a"),
  "prefs_train.jsonl": pair("b"),
  "test.jsonl": pair("c"),
  "dev_data.jsonl": pair("a", { split: "train" }) + pair("b", { split: "test" }),
  "hub/default/train/0000.jsonl": pair("a") + pair("b"),
  "hub/default/test/0000.jsonl": pair("b"),
  "votes_eval.csv": "prompt,response_a,response_b,winner\nWho?,Me,You,a\nWhat?,This,That,b\n"
})
afterAll(remove)

const asked = (names: ReadonlyArray<string>, splits: ReadonlyArray<string> = []) =>
  Effect.map(
    askedFiles(
      names.map((name) => path.join(folder, name)),
      splits
    ),
    ({ files, isTold, splits: open }) => ({ files: files.map(({ name }) => path.basename(name)), isTold, open })
  )

describe("askedFiles", () => {
  it.effect("askedFiles leaves splits to a column where names do not tell files apart", () =>
    Effect.gen(function* () {
      assert.isFalse((yield* asked(["pairs.jsonl"])).isTold)
      assert.isFalse((yield* asked(["prefs_test.jsonl"])).isTold)
      assert.isTrue((yield* asked(["test.jsonl"])).isTold)
      const both = ["prefs_test.jsonl", "prefs_train.jsonl"]
      assert.deepStrictEqual(yield* asked(both, ["test"]), { files: ["prefs_test.jsonl"], isTold: true, open: [] })
      assert.deepStrictEqual(yield* asked(["dev_data.jsonl"], ["test"]), {
        files: ["dev_data.jsonl"],
        isTold: false,
        open: ["test"]
      })
    })
  )

  it.effect("askedFiles has a column decide before a word in a name, and the word where there is no column", () =>
    Effect.gen(function* () {
      const splitsOf = (name: string, splits?: ReadonlyArray<string>) =>
        Effect.map(
          openInput({ files: [path.join(folder, name)], named: {}, ...(splits === undefined ? {} : { splits }) }),
          (input) => input.splits.map(({ split }) => split)
        )
      assert.deepStrictEqual(yield* splitsOf("dev_data.jsonl"), ["test", "train"])
      assert.deepStrictEqual(yield* splitsOf("dev_data.jsonl", ["test"]), ["test"])
      assert.deepStrictEqual(yield* splitsOf("prefs_test.jsonl"), ["test"])
      assert.deepStrictEqual(yield* splitsOf("prefs_test.jsonl", ["test"]), ["test"])
      const { message } = yield* Effect.flip(splitsOf("prefs_test.jsonl", ["train"]))
      assert.match(message, /no rows of the split train.*there are those of test/)
    })
  )

  it("askedFiles has preflight find what stands in train and test, and audit say what shows the split", async () => {
    const { stdout } = await runPrefloom(["preflight", path.join(folder, "hub")])
    assert.match(stdout, /the splits are those of the folders: test \(.*\), train \(/)
    assert.match(stdout, /more than one split/)
    const out = path.join(folder, "audit")
    const audit = await runPrefloom(["audit", path.join(folder, "votes_eval.csv"), "--out", out])
    assert.match(audit.stdout, /words in file names: test \(.*votes_eval\.csv\)/)
  })
})
