import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inputFiles } from "../../src/cli/inputFiles.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const splitOfCard = (name: string, file: string) => `  - split: ${name}\n    path: data/en/v1/raw/${file}.jsonl\n`

const { folder, remove } = temporaryFolder({
  "beside/notes.jsonl": "x",
  "beside/train/a.jsonl": "x",
  "beside/test/a.jsonl": "x",
  "outer/train.jsonl": "x",
  "outer/data/x.jsonl": "x",
  "repo/README.md": `---\nconfigs:\n- config_name: default\n  data_files:\n${splitOfCard("train", "x")}${splitOfCard("test", "y")}---\n`,
  "repo/data/en/v1/raw/x.jsonl": "x",
  "repo/data/en/v1/raw/y.jsonl": "x",
  "run/data/train-00000-of-00002.parquet": "x",
  "run/data/train-00001-of-00002.parquet": "x",
  "run/data/test-00000-of-00001.parquet": "x",
  "run/rejects.parquet": "x",
  "run/manifest.json": "{}",
  "llama/train.jsonl": "x",
  "llama/test.jsonl": "x",
  "llama/dataset_info.json": '{"train":{"file_name":"train.jsonl"},"test":{"file_name":"test.jsonl"}}',
  "llama/train.rejects.parquet": "x",
  "project/package.json": "x",
  "project/data/train.jsonl": "x",
  "project/data/test.jsonl": "x",
  "shards/data/human-00000-of-00001.parquet": "x",
  "shards/data/gpt4_pair-00000-of-00001-c0b431264a82ddc0.parquet": "x",
  "shards/data/extra.parquet": "x",
  "shards/old/train.parquet": "x",
  "unsplit/a.jsonl": "x",
  "unsplit/data/b.jsonl": "x",
  "unsplit/more/c.jsonl": "x",
  "tools/train.json": "x",
  "tools/test.json": "x",
  "tools/dataset_infos.json": "x",
  "tools/config.json": "x",
  "tools/.train.json": "x",
  "tools/._test.json": "x",
  "tools/__MACOSX/train.json": "x",
  "tools/.cache/train.json": "x",
  "tools/posteriors.parquet": "x",
  "disk/dataset_dict.json": '{"splits": ["human", "train_prefs"]}',
  "disk/human/data-00000-of-00001.arrow": "x",
  "disk/human/state.json": "x",
  "disk/human/dataset_info.json": "x",
  "disk/train_prefs/data-00000-of-00001.arrow": "x",
  "disk1/test/data-00000-of-00001.arrow": "x",
  "parts/a.csv": "x",
  "parts/b.csv": "x",
  "mixed/a.csv": "x",
  "mixed/b.json": "x",
  "mixed/c.json": "x",
  "demos/dpo.json": "x",
  "demos/kto.json": "x",
  "demos/other.jsonl": "x",
  "demos/dataset_info.json": '{"one": {"file_name": "dpo.json"}, "two": {"file_name" : "kto.json"}}',
  "stopped/data/train-00000-of-00001.parquet": "x",
  "stopped/.prefloom/written": "manifest.json\n",
  "finished/data/train-00000-of-00001.parquet": "x",
  "finished/.prefloom/written": "manifest.json\n",
  "finished/manifest.json": "{}",
  "audited/train.jsonl": "x",
  "audited/.prefloom/written": "audit.json\n",
  "unlisted/one.json": "x",
  "unlisted/two.json": "x",
  "unlisted/dataset_info.json/x": "",
  "typed/train.parquet": "x",
  "typed/test.csv": "x",
  "odd/train.parquet": "x",
  "odd/more.parquet": "x",
  "results/pairs.jsonl": "x",
  "results/eval/more.jsonl": "x",
  "hashed/train-00000-of-00002-0123456789abcdef.parquet": "x",
  "hashed/test-00000-of-00002-0123456789abcdef.parquet": "x",
  "hashed/test-00001-of-00002-fedcba9876543210.parquet": "x",
  "broken/train-00000-of-00002.jsonl": "x",
  "none/README.md": "x",
  "within/some/where/a.jsonl": "x",
  "within/some/where/b.jsonl": "x",
  "apart/one/a.jsonl": "x",
  "apart/two/a.jsonl": "x",
  "card/README.md":
    "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/main.jsonl\n  - split: test\n    path: data/held.jsonl\n---\n",
  "card/data/main.jsonl": "x",
  "card/data/held.jsonl": "x",
  "cards/README.md":
    "---\nconfigs:\n- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv\n---\n",
  "cards/a.csv": "x",
  "cards/b.csv": "x",
  "hub/default/train/0000.jsonl": "x",
  "hub/default/test/0000.jsonl": "x",
  "sets/one/train.jsonl": "x",
  "sets/two/train.jsonl": "x",
  "words/prefs_train.jsonl": "x",
  "words/prefs_eval.jsonl": "x",
  "eval/pairs.jsonl": "x",
  "fold/train/a.jsonl": "x",
  "fold/test/b.jsonl": "x",
  "nonl/other/test/a.jsonl": "x",
  "nonl/train/a.jsonl": "x",
  "capital/Train.jsonl": "x",
  "capital/Test.jsonl": "x",
  "suites/eval_a/train.jsonl": "x",
  "suites/eval_a/test.jsonl": "x",
  "suites/eval_b/train.jsonl": "x",
  "shared/README.md":
    "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: a.jsonl\n  - split: test\n    path: b.jsonl\n- config_name: all\n  data_files: '*.jsonl'\n---\n",
  "shared/a.jsonl": "x",
  "shared/b.jsonl": "x",
  "folds/README.md":
    "---\nconfigs:\n- config_name: one\n  data_files:\n    train: a.jsonl\n    test: b.jsonl\n- config_name: two\n  data_files:\n    train: b.jsonl\n    test: a.jsonl\n---\n",
  "folds/a.jsonl": "x",
  "folds/b.jsonl": "x",
  "inner/README.md":
    "---\nconfigs:\n- config_name: default\n  data_dir: eval\n- config_name: extra\n  data_files: extra.jsonl\n---\n",
  "inner/extra.jsonl": "x",
  "inner/eval/prefs_train.jsonl": "x",
  "inner/eval/prefs_test.jsonl": "x",
  "absent/README.md":
    "---\nconfigs:\n- config_name: default\n  data_files: gone.jsonl\n- config_name: extra\n  data_files: extra.jsonl\n---\n",
  "absent/extra.jsonl": "x",
  "half/README.md":
    "---\nconfigs:\n- config_name: default\n  data_files:\n    train: a.jsonl\n    test: gone.jsonl\n---\n",
  "half/a.jsonl": "x",
  "twice/README.md":
    "---\nconfigs:\n- config_name: default\n  data_files:\n    train: [a.jsonl, b.jsonl]\n    test: b.jsonl\n---\n",
  "twice/a.jsonl": "x",
  "twice/b.jsonl": "x",
  "again/manifest.json": '{"prefloom":"1.0.0","files":[{"path":"pairs.jsonl"}]}',
  "again/pairs.jsonl": "x",
  "again/data/train-00000-of-00001.parquet": "x"
})
afterAll(remove)

const found = (paths: ReadonlyArray<string>, splits?: ReadonlyArray<string>) =>
  inputFiles(
    paths.map((one) => path.join(folder, one)),
    splits
  ).pipe(
    Effect.map(({ files }) =>
      files.map(({ name, split }) => [path.relative(folder, name).replaceAll("\\", "/"), split] as const)
    )
  )
const refusal = (paths: ReadonlyArray<string>, splits?: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(found(paths, splits)), ({ message }) => message)

describe("inputFiles", () => {
  it.effect("inputFiles takes all splits of a folder and nothing that stands beside the data", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["run"]), [
        ["run/data/test-00000-of-00001.parquet", "test"],
        ["run/data/train-00000-of-00002.parquet", "train"],
        ["run/data/train-00001-of-00002.parquet", "train"]
      ])
      assert.deepStrictEqual(yield* found(["llama"]), [
        ["llama/test.jsonl", "test"],
        ["llama/train.jsonl", "train"]
      ])
      assert.deepStrictEqual(yield* found(["parts"]), [
        ["parts/a.csv", "train"],
        ["parts/b.csv", "train"]
      ])
    })
  )

  it.effect("inputFiles takes the splits that are named, of folders and of files", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["run"], ["test"]), [["run/data/test-00000-of-00001.parquet", "test"]])
      assert.strictEqual((yield* found(["run"], ["test", "train"])).length, 3)
      assert.deepStrictEqual(yield* found(["llama/*.jsonl"], ["train"]), [["llama/train.jsonl", "train"]])
      assert.strictEqual((yield* found(["parts"], ["train"])).length, 2)
      // A registry that is a folder lists nothing.
      assert.strictEqual((yield* found(["unlisted"])).length, 2)
      // What does not go together with other files does alone.
      assert.deepStrictEqual(yield* found(["typed"], ["train"]), [["typed/train.parquet", "train"]])
      assert.match(yield* refusal(["run"], ["dev"]), /found the splits test, train, expected the split dev/)
      assert.match(
        yield* refusal(["llama/*.jsonl"], ["dev"]),
        /no file of the split dev.*there are those of test, train/
      )
      assert.match(yield* refusal(["run"], ["test", "dev"]), /no file of the split dev.*there are those of test, train/)
    })
  )

  it.effect("inputFiles takes no folder of a run that has not finished, whose files may be of several runs", () =>
    Effect.gen(function* () {
      const said = yield* refusal(["stopped"])
      assert.match(said, /stopped".* found no manifest\.json, which the run or the conversion/)
      assert.match(said, /expected that of a finished one; give its command again, or name the files/)
      for (const one of ["finished", "audited", "stopped/data/*.parquet"])
        assert.strictEqual((yield* found([one])).length, 1)
    })
  )

  it.effect("inputFiles says which files do not belong together, and how to choose", () =>
    Effect.gen(function* () {
      const types = yield* refusal(["mixed"])
      assert.match(types, /several types: 1 csv \(a\.csv\) and 2 json \(b\.json, c\.json\)/)
      assert.match(types, /name the file, such as ".*a\.csv"/)
      assert.match(yield* refusal(["demos"]), /data sets dpo\.json, kto\.json, as dataset_info\.json lists them/)
      assert.match(yield* refusal(["results"]), /pairs\.jsonl beside files of the splits test.*--split/)
      assert.deepStrictEqual(yield* found(["results"], ["train"]), [["results/pairs.jsonl", "train"]])
      assert.match(yield* refusal(["hashed"]), /without train-00001-of-00002\.parquet, expected all of its shards/)
      assert.match(yield* refusal(["broken"]), /without train-00001-of-00002\.jsonl, expected all of its shards/)
      assert.match(yield* refusal(["none"]), /no data file in the folder, expected Parquet, Arrow, JSON Lines/)
      assert.match(
        yield* refusal(["apart"]),
        /found data files only below it, in the folders one, two, expected files in the folder itself; name one of these/
      )
    })
  )

  it.effect("inputFiles takes splits from a card, of the folder and of files that are named", () =>
    Effect.gen(function* () {
      const files: Array<readonly [string, string]> = [
        ["card/data/main.jsonl", "train"],
        ["card/data/held.jsonl", "test"]
      ]
      assert.deepStrictEqual(yield* found(["card"]), files)
      assert.deepStrictEqual(yield* found(files.map(([name]) => name)), files)
      assert.deepStrictEqual(yield* found(["card"], ["test"]), [files[1]!])
      assert.match(yield* refusal(["cards"]), /data sets a, b in its card, expected one of them; .*a\.csv/)
    })
  )

  it.effect("inputFiles takes splits from folders that tell files apart, and from words in names", () =>
    Effect.gen(function* () {
      const files: Array<readonly [string, string]> = [
        ["hub/default/test/0000.jsonl", "test"],
        ["hub/default/train/0000.jsonl", "train"]
      ]
      assert.deepStrictEqual(yield* found(["hub"]), files)
      assert.deepStrictEqual(yield* found(["hub/default/*/*.jsonl"]), files)
      assert.deepStrictEqual(yield* found(["hub/default/test/0000.jsonl"]), [files[0]!])
      assert.deepStrictEqual(yield* found(["words"]), [
        ["words/prefs_eval.jsonl", "test"],
        ["words/prefs_train.jsonl", "train"]
      ])
      // A folder for trying things out is no split.
      assert.deepStrictEqual(yield* found(["eval/pairs.jsonl"]), [["eval/pairs.jsonl", "train"]])
    })
  )

  it.effect("inputFiles takes splits from the names of folders that are named, as of the files in them", () =>
    Effect.gen(function* () {
      const files: Array<readonly [string, string]> = [
        ["fold/train/a.jsonl", "train"],
        ["fold/test/b.jsonl", "test"]
      ]
      assert.deepStrictEqual(yield* found(["fold/train", "fold/test"]), files)
      assert.deepStrictEqual(yield* found(files.map(([name]) => name)), files)
      assert.deepStrictEqual(yield* found(["fold/train", "fold/test"], ["test"]), [files[1]!])
      assert.deepStrictEqual(yield* found(["fold"]), files.toReversed())
      // Alone, a name tells nothing apart, but where the hub calls files by numbers.
      assert.deepStrictEqual(yield* found(["fold/test"]), [["fold/test/b.jsonl", "train"]])
      const number: Array<readonly [string, string]> = [["hub/default/test/0000.jsonl", "test"]]
      assert.deepStrictEqual(yield* found(["hub/default/test"]), number)
      assert.deepStrictEqual(yield* found(["hub/default/test/*.jsonl"]), number)
      assert.match(yield* refusal(["fold/train", "fold/test"], ["dev"]), /found the splits train, test, expected/)
    })
  )

  it.effect("inputFiles takes a whole name before a folder, and capitals as small letters", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["suites/eval_a", "suites/eval_b"]), [
        ["suites/eval_a/test.jsonl", "test"],
        ["suites/eval_a/train.jsonl", "train"],
        ["suites/eval_b/train.jsonl", "train"]
      ])
      assert.deepStrictEqual(yield* found(["capital"]), [
        ["capital/Test.jsonl", "test"],
        ["capital/Train.jsonl", "train"]
      ])
    })
  )

  it.effect("inputFiles takes the data set that a card means, however the files are named", () =>
    Effect.gen(function* () {
      const files: Array<readonly [string, string]> = [
        ["shared/a.jsonl", "train"],
        ["shared/b.jsonl", "test"]
      ]
      assert.deepStrictEqual(yield* found(["shared"]), files)
      assert.deepStrictEqual(yield* found(files.map(([name]) => name)), files)
      assert.deepStrictEqual(yield* found(["card/data"]), [
        ["card/data/held.jsonl", "test"],
        ["card/data/main.jsonl", "train"]
      ])
      // What such a folder is called says nothing of the files in it.
      assert.deepStrictEqual(yield* found(["inner"]), [
        ["inner/eval/prefs_test.jsonl", "test"],
        ["inner/eval/prefs_train.jsonl", "train"]
      ])
      assert.match(yield* refusal(["absent"]), /found no data file of the data set default of its card, expected/)
      assert.match(
        yield* refusal(["half"]),
        /no file for "gone\.jsonl" of the data set default of its card, expected all/
      )
      assert.match(
        yield* refusal(["twice"]),
        /b\.jsonl in the splits train and test in the data set default of its card/
      )
      assert.match(yield* refusal(["folds"]), /data sets one, two in its card/)
      assert.match(yield* refusal(["folds/a.jsonl"]), /the splits train \(in one\) and test \(in two\) in its card/)
    })
  )

  it.effect("inputFiles takes what the manifest of the last run lists, and not what an earlier one left", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["again"]), [["again/pairs.jsonl", "train"]])
    })
  )

  it.effect(
    "inputFiles takes what shows a split in a folder and below, as datasets does, and says what it passes over",
    () =>
      Effect.gen(function* () {
        const both = (one: string) =>
          Effect.map(inputFiles(path.join(folder, one)), ({ files, folders }) => [
            files.map(
              ({ name, split }) => `${path.relative(path.join(folder, one), name).replaceAll("\\", "/")} ${split}`
            ),
            folders.replaceAll("\\", "/")
          ])
        assert.deepStrictEqual(yield* both("beside"), [
          ["test/a.jsonl test", "train/a.jsonl train"],
          "; not read from the folder: notes.jsonl"
        ])
        assert.deepStrictEqual(yield* both("outer"), [
          ["train.jsonl train"],
          "; not read from the folder: data/x.jsonl"
        ])
        assert.deepStrictEqual(yield* both("odd"), [
          ["train.parquet train"],
          "; not read from the folder: more.parquet"
        ])
        assert.deepStrictEqual(yield* both("project"), [
          ["data/test.jsonl test", "data/train.jsonl train"],
          "; not read from the folder: package.json"
        ])
        assert.deepStrictEqual(yield* both("shards"), [
          [
            "data/gpt4_pair-00000-of-00001-c0b431264a82ddc0.parquet gpt4_pair",
            "data/human-00000-of-00001.parquet human"
          ],
          "; not read from the folder: data/extra.parquet, old/train.parquet"
        ])
        assert.deepStrictEqual(yield* both("sets"), [
          ["one/train.jsonl train", "two/train.jsonl train"],
          "; read together from the folders one, two"
        ])
        assert.deepStrictEqual(yield* both("nonl"), [
          ["other/test/a.jsonl test", "train/a.jsonl train"],
          "; read together from the folders other/test, train"
        ])
        assert.deepStrictEqual(yield* both("unsplit"), [
          ["a.jsonl train", "data/b.jsonl train"],
          "; read together from the folders ., data; not read from the folder: more/c.jsonl"
        ])
      })
  )

  it.effect("inputFiles takes the files of the only folder below that has some", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["within"]), [
        ["within/some/where/a.jsonl", "train"],
        ["within/some/where/b.jsonl", "train"]
      ])
    })
  )

  it.effect("inputFiles takes no file that tools leave beside data, and no hidden one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found(["tools"]), [
        ["tools/test.json", "test"],
        ["tools/train.json", "train"]
      ])
    })
  )

  it.effect("inputFiles takes what save_to_disk left, split by the folders, whatever these are called", () =>
    Effect.gen(function* () {
      const shard = "data-00000-of-00001.arrow"
      assert.deepStrictEqual(yield* found(["disk"]), [
        [`disk/human/${shard}`, "human"],
        [`disk/train_prefs/${shard}`, "train_prefs"]
      ])
      assert.deepStrictEqual(yield* found(["disk"], ["human"]), [[`disk/human/${shard}`, "human"]])
      assert.deepStrictEqual(yield* found(["disk/human"]), [[`disk/human/${shard}`, "train"]])
      assert.deepStrictEqual(yield* found(["disk1/test"]), [[`disk1/test/${shard}`, "test"]])
    })
  )

  it.effect("inputFiles finds a card some folders above files that are named", () =>
    Effect.gen(function* () {
      const { files } = yield* inputFiles(
        ["x", "y"].map((name) => path.join(folder, "repo/data/en/v1/raw", `${name}.jsonl`))
      )
      assert.deepStrictEqual(
        files.map(({ by, split }) => [split, by]),
        [
          ["train", "card"],
          ["test", "card"]
        ]
      )
    })
  )
})
