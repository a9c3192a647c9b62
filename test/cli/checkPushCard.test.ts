import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { checkPushCard } from "../../src/cli/checkPushCard.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"
const { folder, remove } = temporaryFolder({
  "own/README.md": card,
  "own/data/train-00000-of-00001.parquet": "x",
  "gone/README.md": card,
  "gone/pairs.jsonl": "x",
  "home/README.md": "---\nconfigs:\n- config_name: default\n  data_dir: data\n---\n",
  "home/data/train.jsonl": "x",
  "none/README.md": "---\nconfigs: []\n---\n",
  "none/pairs.jsonl": "x",
  "plain/README.md": "# Pairs\n",
  "plain/pairs.jsonl": "x"
})
afterAll(remove)

const check = (name: string, ...files: ReadonlyArray<string>) =>
  checkPushCard(path.join(folder, name), {
    files: files.map((file) => ({ path: file, rows: 1, bytes: 1, sha256: "0" }))
  })

describe("checkPushCard", () => {
  it.effect("checkPushCard takes a card of the files that the manifest lists, and one that names none", () =>
    Effect.gen(function* () {
      yield* check("own", "rejects.parquet", "data/train-00000-of-00001.parquet")
      yield* check("plain", "pairs.jsonl")
      yield* check("home", "data/train.jsonl")
      yield* check("none", "pairs.jsonl")
    })
  )

  it.effect("checkPushCard refuses a card that an earlier run with another sink left", () =>
    Effect.gen(function* () {
      const left = yield* Effect.flip(check("own", "pairs.jsonl"))
      assert.match(
        left.message,
        /^Cannot push ".*own": found a card README\.md of another run, with the file "data\/train-00000-of-00001\.parquet", which manifest\.json does not list, expected/
      )
      assert.match((yield* Effect.flip(check("gone", "pairs.jsonl"))).message, /with none of the files here/)
    })
  )
})
