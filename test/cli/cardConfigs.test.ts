import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { cardConfigs } from "../../src/cli/cardConfigs.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const card = (configs: string) => `---\nlicense: mit\nconfigs:\n${configs}\n---\n`
const { folder, remove } = temporaryFolder({
  "named/README.md": card(
    "- config_name: pairs\n  data_files:\n  - split: train\n    path: data/main-*.jsonl\n  - split: test\n    path: [data/held.jsonl, data/gone.jsonl]"
  ),
  "named/data/main-1.jsonl": "x",
  "named/data/main-2.jsonl": "x",
  "named/data/held.jsonl": "x",
  "forms/README.md": card(
    '- config_name: text\n  data_files: "a.csv"\n- config_name: list\n  default: true\n  data_dir: deep\n  data_files: [b.csv, c.csv]\n- config_name: map\n  data_files:\n    dev: a.csv\n- config_name: away\n  data_files: ["../named/data/held.jsonl", "https://example.com/x.csv", "/etc/passwd"]\n- 7'
  ),
  "homes/README.md": card(
    "- config_name: deep\n  data_dir: ./sub/deep\n- config_name: all\n- config_name: away\n  data_dir: ../named\n- config_name: twice\n  data_files: [a.csv, '*.csv']\n- config_name: year\n  data_files:\n  - split: 2024\n    path: a.csv"
  ),
  "homes/a.csv": "x",
  "forms/a.csv": "x",
  "forms/deep/b.csv": "x",
  "forms/deep/c.csv": "x",
  "broken/README.md": card("- [")
})
afterAll(remove)

const read = (name: string) => cardConfigs(path.join(folder, name))

describe("cardConfigs", () => {
  it("cardConfigs gives the files that are there, by the splits that a card says", () => {
    assert.deepStrictEqual(read("named"), [
      {
        name: "pairs",
        isDefault: true,
        home: null,
        files: [
          { path: path.join("data", "main-1.jsonl"), split: "train" },
          { path: path.join("data", "main-2.jsonl"), split: "train" },
          { path: path.join("data", "held.jsonl"), split: "test" }
        ],
        splits: ["train", "test"],
        missing: [path.join("data", "gone.jsonl")],
        hasAddresses: false
      }
    ])
  })

  it("cardConfigs takes every form of data_files, and nothing that is elsewhere", () => {
    assert.deepStrictEqual(
      read("forms").map(({ files, isDefault, name }) => [
        name,
        isDefault,
        files.map((one) => `${one.split} ${one.path}`)
      ]),
      [
        ["text", false, ["train a.csv"]],
        ["list", true, [`train ${path.join("deep", "b.csv")}`, `train ${path.join("deep", "c.csv")}`]],
        ["map", false, ["dev a.csv"]],
        ["away", false, []]
      ]
    )
    assert.deepStrictEqual(
      read("forms").map(({ missing }) => missing),
      [[], [], [], [path.join("..", "named", "data", "held.jsonl"), "/etc/passwd"]]
    )
    assert.deepStrictEqual(
      read("forms").map(({ splits }) => splits),
      [["train"], ["train"], ["dev"], ["train"]]
    )
    assert.deepStrictEqual(
      read("forms").map(({ hasAddresses }) => hasAddresses),
      [false, false, false, true]
    )
  })

  it("cardConfigs gives the folder of a data set that lists no files, and each file of a split once", () => {
    assert.deepStrictEqual(
      read("homes").map(({ files, home, isDefault, name }) => [name, isDefault, home, files.map((one) => one.path)]),
      [
        ["deep", false, path.join("sub", "deep"), []],
        ["all", false, ".", []],
        ["away", false, null, []],
        ["twice", false, null, ["a.csv"]],
        ["year", false, null, ["a.csv"]]
      ]
    )
    assert.deepStrictEqual(read("homes").at(-1)?.files, [{ path: "a.csv", split: "2024" }])
  })

  it("cardConfigs gives none where there is no card, or one that cannot be read", () => {
    assert.deepStrictEqual(read("broken"), [])
    assert.deepStrictEqual(read("none"), [])
  })
})
