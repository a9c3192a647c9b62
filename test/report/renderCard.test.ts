import { assert, describe, it } from "@effect/vitest"
import * as Yaml from "effect/encoding/Yaml"
import { escapeMarkdown } from "../../src/report/escapeMarkdown.ts"
import { renderCard } from "../../src/report/renderCard.ts"
import { cardFacts, emptyManifest, fullManifest, nasty } from "./fixture.ts"

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
        data_files: [
          { split: "train", path: "data/train-*.parquet" },
          { split: "test", path: "data/test-*.parquet" }
        ]
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
      splits: [
        { name: "train", num_bytes: 2_901_115, num_examples: 4311 },
        { name: "test", num_bytes: 1024, num_examples: 0 }
      ],
      download_size: 2_902_139,
      dataset_size: 2_902_139
    })
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
