import { assert, describe, it } from "@effect/vitest"
import * as Yaml from "effect/encoding/Yaml"
import { cardPictures } from "../../src/report/cardPictures.ts"
import { drawPicture } from "../../src/report/drawPicture.ts"
import { escapeMarkdown } from "../../src/report/escapeMarkdown.ts"
import { renderCard } from "../../src/report/renderCard.ts"
import { cardFacts, emptyManifest, fullManifest, nasty, preflightManifest } from "./fixture.ts"

/** What a reader of the front matter gets; its shape is what the tests are about. */
const parse = (text: string): any => Yaml.parse(text)

const partsOf = (card: string) => {
  const match = /^---\n([^]*?)\n---\n\n([^]*)$/.exec(card)
  assert.isNotNull(match)
  return { front: parse(match[1]!), body: match[2]! }
}

const sizeOf = (rows: number) => {
  const splits = [{ name: "train", pathGlob: "data/*.parquet", rows, bytes: 1 }]
  const { front } = partsOf(
    renderCard(fullManifest, {
      prettyName: "x",
      configs: [{ name: "default", default: true, splits, features: [] }]
    })
  )
  return front["size_categories"][0]
}

describe("renderCard", () => {
  it("renderCard writes front matter with what the hub needs", () => {
    const { front } = partsOf(renderCard(fullManifest, cardFacts))
    assert.strictEqual(front["pretty_name"], cardFacts.prettyName)
    assert.strictEqual(front["license"], "apache-2.0")
    assert.deepStrictEqual(front["size_categories"], ["10K<n<100K"])
    assert.deepStrictEqual(front["tags"], ["preference", "dpo", "pairs-of-pairs", "synthetic", "simulated", "prefloom"])
    assert.deepStrictEqual(front["configs"], [
      {
        config_name: "pairs",
        default: true,
        data_files: [{ split: "train", path: "data/train-*.parquet" }]
      },
      { config_name: "pairs_of_pairs", data_files: [{ split: "train", path: "pairs-of-pairs/train-*.parquet" }] }
    ])
  })

  it("renderCard describes every column the way datasets reads it", () => {
    const { front } = partsOf(renderCard(fullManifest, cardFacts))
    assert.deepStrictEqual(front["dataset_info"][0], {
      config_name: "pairs",
      features: [
        {
          name: "prompt",
          list: [
            { name: "role", dtype: "string" },
            { name: "content", dtype: "string" }
          ]
        },
        { name: "chosen", dtype: "string" },
        { name: "rejected", dtype: "string" },
        { name: "margin", dtype: "float64" },
        { name: "nLabels", dtype: "int64" },
        { name: "flipped", dtype: "bool" },
        { name: "verdict", dtype: "string" },
        { name: "annotatorIds", list: "string" },
        { name: "spans", list: { list: "int64" } },
        {
          name: "strong",
          struct: [
            { name: "id", dtype: "string" },
            { name: "margin", dtype: "float64" }
          ]
        },
        { name: "yes: no # null", dtype: "string" },
        { name: "true", dtype: "string" }
      ],
      splits: [{ name: "train", num_bytes: 2_901_115, num_examples: 4311 }],
      download_size: 2_901_115,
      dataset_size: 2_901_115
    })
  })

  it("renderCard tells loaders of no table or split without rows, at which they fail, and says so to people", () => {
    const cardOf = (...tables: ReadonlyArray<readonly [string, ...ReadonlyArray<number>]>) =>
      partsOf(
        renderCard(emptyManifest, {
          prettyName: "x",
          configs: tables.map(([name, ...rows], i) => ({
            name,
            default: i === 0,
            features: [],
            splits: rows.map((n, split) => ({
              name: ["train", "test"][split]!,
              pathGlob: `${name}/${split}-*`,
              rows: n,
              bytes: 1
            }))
          }))
        })
      )
    const namesIn = ({ configs }: any) =>
      configs.map(({ config_name: name, data_files: files }: any) => [
        name,
        files.map(({ split }: any) => split).join()
      ])
    const some = cardOf(["default", 3, 0], ["pops", 0], ["margins", 0, 2])
    assert.deepStrictEqual(namesIn(some.front), [
      ["default", "train"],
      ["margins", "test"]
    ])
    assert.lengthOf(some.front["dataset_info"], 2)
    assert.include(some.body, "not told of: default, split test; pops, split train; margins, split train.")
    assert.include(some.body, 'load_dataset("path/or/name/of/this/dataset", "default", split="train")')
    const derived = cardOf(["default", 0], ["pops", 2])
    assert.deepStrictEqual(namesIn(derived.front), [["pops", "train"]])
    assert.include(derived.body, 'load_dataset("path/or/name/of/this/dataset", "pops", split="train")')
    const none = cardOf(["default", 0])
    assert.deepStrictEqual([none.front["configs"], none.front["dataset_info"]], [[], []])
    assert.include(none.body, "There are no rows in it")
    assert.notInclude(none.body, "load_dataset(")
  })

  it("renderCard names all files of a split as LLaMA-Factory's data sets, where its registry lies beside them", () => {
    const file = (name: string, rows: number) => ({ path: name, rows, bytes: 1, sha256: "0" })
    const files = [
      ...["test-0-of-1", "train-0-of-2", "train-1-of-2"].map((name) => file(`data/${name}.jsonl`, 2)),
      file("data/empty-0-of-1.jsonl", 0),
      file("data/dataset_info.json", 0),
      file("rejects.parquet", 3)
    ]
    const splits = ["empty", "test", "train"].map((name) => ({
      name,
      pathGlob: `data/${name}-*`,
      rows: name === "empty" ? 0 : 2,
      bytes: 1
    }))
    const configs = [{ name: "default", default: true, splits, features: [] }]
    const { body } = partsOf(renderCard({ ...emptyManifest, files }, { prettyName: "x", configs }))
    assert.include(body, 'load_dataset("path/or/name/of/this/dataset", split="train")')
    assert.include(
      body,
      "dataset_dir: path/of/this/folder/data\ndataset: train-0-of-2,train-1-of-2\neval_dataset: test-0-of-1\n```"
    )
    const without = files.filter((one) => !one.path.endsWith(".json"))
    const plain = renderCard({ ...emptyManifest, files: without }, { prettyName: "x", configs })
    assert.notInclude(plain, "LLaMA-Factory")
    const onTop = files.map((one) => ({ ...one, path: one.path.replace("data/", "") }))
    const flat = splits.map((split) => ({ ...split, pathGlob: `${split.name}-0-of-1.jsonl` }))
    const made = renderCard(
      { ...emptyManifest, files: onTop },
      { prettyName: "x", configs: [{ ...configs[0]!, splits: flat }] }
    )
    assert.include(made, "dataset_dir: path/of/this/folder\n")
  })

  it("renderCard counts a boundary of a size category to the upper one", () => {
    assert.deepStrictEqual([0, 999, 1000, 9999, 10_000, 1e12].map(sizeOf), [
      "n<1K",
      "n<1K",
      "1K<n<10K",
      "1K<n<10K",
      "10K<n<100K",
      "n>1T"
    ])
  })

  it("renderCard refuses a split name that loaders refuse", () => {
    const splits = [{ name: "train-prefs", pathGlob: "data/*.parquet", rows: 1, bytes: 1 }]
    assert.throws(
      () =>
        renderCard(fullManifest, {
          prettyName: "x",
          configs: [{ name: "default", default: true, splits, features: [] }]
        }),
      /Cannot write a data set card: found split "train-prefs"/
    )
  })

  it("renderCard says how noisy the labels are and that it is a simulation", () => {
    const { body } = partsOf(renderCard(fullManifest, cardFacts))
    assert.include(body, "**21.8% (95% interval 20.3–23.3%)** (planted: 21.4%)")
    assert.include(body, "> **Simulated.** Every answer in this run is simulated.")
    assert.include(body, 'load_dataset("path/or/name/of/this/dataset", "pairs", split="train")')
    assert.include(body, "SELECT * FROM 'data/train-*.parquet' LIMIT 10;")
  })

  it("renderCard states what its author said and nothing else", () => {
    const silent = partsOf(renderCard(fullManifest, { prettyName: "x", configs: [] }))
    assert.notProperty(silent.front, "license")
    assert.notProperty(silent.front, "language")
    assert.include(silent.body, "No licence is stated")
    assert.notInclude(silent.body, "## What it took")
    const facts = {
      ...cardFacts,
      language: ["no", "en"],
      licence: { name: "my-own-1", link: "https://example.invalid/licence" }
    }
    const { body, front } = partsOf(renderCard(fullManifest, facts))
    assert.deepStrictEqual(front["language"], ["no", "en"])
    assert.strictEqual(front["license"], "other")
    assert.strictEqual(front["license_name"], "my-own-1")
    assert.strictEqual(front["license_link"], "https://example.invalid/licence")
    assert.notInclude(body, "No licence is stated")
  })

  it("renderCard says how it was made: prompts, rubrics, calls and cost", () => {
    const spend = [
      {
        model: "judge|one",
        calls: 1200,
        promptTokens: 90_000,
        completionTokens: 4000,
        costUsd: 12.345,
        unpricedCalls: 0,
        uncountedCalls: 0
      },
      {
        model: "half",
        calls: 10,
        promptTokens: 5,
        completionTokens: 5,
        costUsd: 0.01234,
        unpricedCalls: 4,
        uncountedCalls: 0
      },
      {
        model: "free",
        calls: 3,
        promptTokens: 1,
        completionTokens: 1,
        costUsd: 0,
        unpricedCalls: 3,
        uncountedCalls: 0
      },
      {
        model: "guessed",
        calls: 9,
        promptTokens: 1500,
        completionTokens: 9,
        costUsd: 0.5,
        unpricedCalls: 0,
        uncountedCalls: 2
      },
      {
        model: "uncounted",
        calls: 3,
        promptTokens: 0,
        completionTokens: 0,
        costUsd: 0,
        unpricedCalls: 0,
        uncountedCalls: 3
      },
      {
        model: "unasked",
        calls: 0,
        promptTokens: 0,
        completionTokens: 0,
        costUsd: 0,
        unpricedCalls: 0,
        uncountedCalls: 0
      }
    ]
    const { body } = partsOf(renderCard({ ...fullManifest, simulated: false }, { ...cardFacts, spend }))
    assert.include(body, "The seed was 7.")
    assert.include(body, "| generate | personas | expert, teacher, student, hurried |")
    assert.include(body, "| judge | axis | helpfulness |")
    assert.include(body, "| judge\\|one | 1,200 | 90,000 | 4,000 | 12.35 |".replace("12.35", (12.345).toFixed(2)))
    assert.include(body, "| half | 10 | 5 | 5 | at least 0.0123 |")
    assert.include(body, "| free | 3 | 1 | 1 | not known |")
    assert.include(body, "| guessed | 9 | about 1,500 | about 9 | about 0.5 |")
    assert.include(body, "Tokens that no server counted were estimated.")
    assert.include(body, "| uncounted | 3 | not known | not known | 0 |")
    assert.notInclude(body, "unasked")
  })

  it("renderCard tells the loss what it needs to know, and what the format lost", () => {
    const { body } = partsOf(renderCard(fullManifest, { ...cardFacts, lost: ["Column tools: <b>dropped</b>"] }))
    const smoothing = Number(/label_smoothing=([\d.]+)/.exec(body)?.[1])
    // The mean label probability of the pairs that have labels is 0.891 in the fixture.
    assert.closeTo(smoothing, 1 - 0.891, 0.005)
    assert.include(body, "## What the format could not hold\n\n- Column tools: &lt;b&gt;dropped&lt;/b&gt;.")
  })

  it("renderCard shows what training would meet with its remedy, as text, and what was not looked at", () => {
    const { body } = partsOf(renderCard(preflightManifest, cardFacts))
    assert.include(
      body,
      "## Before training\n\nLooked at while they were written: 1,000 rows, for training in the format **trl-preference**, at 512 tokens of o200k\\_base."
    )
    assert.include(body, "| worth knowing | 2 | 0.2% | check 1 | a (train:1) | mend 1 |")
    assert.include(body, "&lt;script&gt;")
    assert.include(body, "- scores: there are none.")
    assert.match(body, /- Training would stop\. 1 row \(0\.1%\): check 0/)
    assert.notInclude(partsOf(renderCard(fullManifest, cardFacts)).body, "Before training")
  })

  it("renderCard shows simulated data as such in title, banner, tags and limits", () => {
    const { body, front } = partsOf(renderCard(fullManifest, cardFacts))
    assert.match(body, /^# .+ \(simulated data\)\n\n> \*\*Simulated\.\*\*/)
    assert.include(front["tags"], "simulated")
    assert.include(body, "not for training a model")
    const real = partsOf(renderCard({ ...fullManifest, simulated: false, notice: null }, cardFacts))
    assert.notMatch(real.body.split("## How it was made")[0]!, /simulated data/)
    assert.notInclude(real.front["tags"], "simulated")
  })

  it("renderCard shows its pictures under relative paths with what they show in words", () => {
    const pictures = cardPictures(fullManifest)
    assert.deepStrictEqual(
      pictures.map(({ path }) => path),
      ["card/reliability-1.svg", "card/label-probability-1.svg", "card/margins-1.svg"]
    )
    const { body } = partsOf(renderCard(fullManifest, { ...cardFacts, pictures }))
    const shown = Array.from(body.matchAll(/!\[([^\]]+)\]\(([^)]+)\)/g), ([, , path]) => path!)
    assert.deepStrictEqual(
      shown,
      pictures.map(({ path }) => path)
    )
    assert.deepStrictEqual(cardPictures(emptyManifest), [])
  })

  it("renderCard calls null not known", () => {
    const { body, front } = partsOf(renderCard(emptyManifest, { prettyName: "Audit", configs: [] }))
    assert.include(body, "**not known**")
    assert.notMatch(body, /\bnull\b|NaN|undefined/)
    assert.notProperty(front, "license")
  })

  it("renderCard lets no text of the data become markup", () => {
    const { body } = partsOf(renderCard(fullManifest, cardFacts))
    assert.notMatch(body, /<script|<img|<\/style/i)
    assert.notMatch(body, /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
  })
})

describe("drawPicture", () => {
  it("drawPicture draws a file that needs no page: own size, colours and background, no script", async () => {
    for (const { chart } of cardPictures(fullManifest)) {
      const svg = await drawPicture(chart)
      assert.match(
        svg,
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*width="[\d.]+" height="[\d.]+"><rect [^>]*fill="#ffffff"\/>/
      )
      assert.notMatch(svg, /var\(|inherit|<script|href=|url\(http/)
      assert.notInclude(svg, nasty.script)
      assert.strictEqual(await drawPicture(chart), svg)
    }
  })
})

describe("escapeMarkdown", () => {
  it("escapeMarkdown leaves nothing that Markdown reads as more than text", () => {
    assert.strictEqual(
      escapeMarkdown(nasty.markdown),
      "\\| a \\| b \\| \\|---\\|---\\| \\[click\\](javascript:alert(3)) \\!\\[x\\](http\\://example.invalid/x.png) \\`code\\` " +
        "\\*\\*bold\\*\\* \\$x\\$ \\@someone"
    )
    assert.strictEqual(escapeMarkdown("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;")
  })

  it("escapeMarkdown keeps a line from starting a list or a heading", () => {
    assert.deepStrictEqual(["- a", "1. a", "# a", "=== a", "0.5"].map(escapeMarkdown), [
      "\\- a",
      "1\\. a",
      "\\# a",
      "\\=== a",
      "0.5"
    ])
  })
})
