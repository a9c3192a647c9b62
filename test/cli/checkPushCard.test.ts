import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { checkPushCard } from "../../src/cli/checkPushCard.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"
const splitsOf = (...names: ReadonlyArray<string>) => names.map((name) => `  - name: ${name}\n`).join("")
const withRows = (start: string, nRows: number) => ended(start, `    num_examples: ${nRows}\n`)
const ended = (start: string, end: string) => start.replace(/---\n$/, `${end}---\n`)
const withFile = (split: string, place: string) => ended(card, `  - split: ${split}\n    path: ${place}\n`)
const withInfo = (start: string, ...names: ReadonlyArray<string>) =>
  ended(start, `dataset_info:\n- config_name: default\n  splits:\n${splitsOf(...names)}`)
const withMore = (more: string) => ended(card, `- config_name: more\n${more}`)
const train = "data/train-00000-of-00001.parquet"
const data = { [train]: "x" }
const inFolder = (name: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]))
const { folder, remove } = temporaryFolder({
  ...inFolder("half", { ...data, "README.md": withFile("test", "data/test-*") }),
  ...inFolder("list", { ...data, "README.md": card.replace("data/train-*", "[data/train-*, data/gone.parquet]") }),
  ...inFolder("folder", { ...data, "README.md": withMore("  data_dir: gone\n") }),
  ...inFolder("outside", { ...data, "README.md": withMore("  data_dir: ../own/data\n") }),
  ...inFolder("address", {
    ...data,
    "README.md": withInfo(withFile("far", "https://example.com/x.parquet"), "train", "far")
  }),
  ...inFolder("agreeing", { ...data, "README.md": withInfo(card, "train") }),
  ...inFolder("counted", { ...data, "README.md": withRows(withInfo(card, "train"), 1) }),
  ...inFolder("miscounted", { ...data, "README.md": withRows(withInfo(card, "train"), 2) }),
  ...inFolder("partly", {
    ...data,
    "README.md": withRows(withInfo(withFile("train", "https://example.com/x.parquet"), "train"), 2)
  }),
  ...inFolder("expected", { ...data, "README.md": withInfo(card, "train", "test") }),
  ...inFolder("unexpected", { ...data, "README.md": withInfo(card, "test") }),
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

  it.effect("checkPushCard refuses a card that lists files or folders that are not there, and says which", () =>
    Effect.gen(function* () {
      const refused = (name: string) => Effect.map(Effect.flip(check(name, train)), ({ message }) => message)
      assert.match(
        yield* refused("half"),
        /found a card README\.md that lists "data\/test-\*", which is not here, .*; take/
      )
      assert.match(yield* refused("list"), /lists "data\/gone\.parquet", which is not here/)
      assert.match(yield* refused("folder"), /lists "gone", which is not here/)
      assert.match(yield* refused("outside"), /lists "\.\.\/own\/data", which is not here/)
      yield* check("address", train)
    })
  )

  it.effect("checkPushCard refuses a card whose dataset_info has other splits than its files", () =>
    Effect.gen(function* () {
      yield* check("agreeing", train)
      for (const [name, has] of [
        ["expected", "train and test"],
        ["unexpected", "test"]
      ] as const) {
        const { message } = yield* Effect.flip(check(name, train))
        assert.include(
          message,
          `found the splits ${has} in dataset_info of the card README.md, and train in its configs`
        )
      }
    })
  )

  it.effect("checkPushCard refuses a card whose dataset_info counts other rows than there are", () =>
    Effect.gen(function* () {
      yield* check("counted", train)
      yield* check("partly", train)
      const { message } = yield* Effect.flip(check("miscounted", train))
      assert.match(
        message,
        /found num_examples 2 of the split train in dataset_info of the card README\.md, expected 1, as there are rows here: loaders compare them; mend "splits" in dataset_info, or remove README\.md/
      )
    })
  )
})
