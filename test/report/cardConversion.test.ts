import { assert, describe, it } from "@effect/vitest"
import * as Yaml from "effect/encoding/Yaml"
import type { Manifest } from "../../src/Manifest.ts"
import { renderCard } from "../../src/report/renderCard.ts"
import { renderCroissant } from "../../src/report/renderCroissant.ts"
import { emptyManifest, nasty } from "./fixture.ts"

const text = { kind: "string", nullable: true } as const

const manifest: Manifest = {
  ...emptyManifest,
  pipeline: `mine ${nasty.script}, as together`,
  stages: [
    {
      key: "votes",
      kind: "source",
      config: null,
      rowsIn: 1200,
      rowsOut: 1190,
      rejected: { "no vote": 10 }
    },
    {
      key: "convert",
      kind: "sink",
      config: { to: "together" },
      rowsIn: 1190,
      rowsOut: 1100,
      rejected: { "empty reply": 40, [nasty.markdown]: 50 }
    }
  ],
  rowsOut: 1100,
  findings: [
    {
      stage: "convert",
      finding: {
        kind: "export",
        format: "together",
        kept: ["kept|one"],
        renamed: [{ from: `old ${nasty.closing}`, to: ["input", "preferred_output"] }],
        lost: [nasty.script],
        notes: []
      }
    }
  ],
  files: [{ path: "train.jsonl", rows: 1100, bytes: 5000, sha256: "1".repeat(64) }],
  conversion: {
    from: "votes",
    said: `votes in "${nasty.script}"`,
    files: Array.from({ length: 83 }, (_, i) => ({ name: `part-${i}|x.jsonl`, bytes: 2000 + i, sha256: `${i}a` })),
    splits: ["train", `odd ${nasty.markdown}`],
    mended: [[`space left out before ${nasty.script}`, 1234]],
    synthetic: true,
    repeated: [`The licence, mit, is repeated from the card of "${nasty.script}"`]
  }
}

const facts = {
  prettyName: manifest.pipeline,
  licence: ["mit", "cc-by-4.0"],
  configs: [
    {
      name: "default",
      default: true,
      splits: [
        { name: "train", pathGlob: "train.jsonl", rows: 1100, bytes: 5000 },
        { name: "te.st", pathGlob: "te.st.jsonl", rows: 1, bytes: 5 }
      ],
      features: [
        { name: "id", type: text },
        { name: "margin", type: text }
      ],
      meanings: new Map([["id", "id of the row"]])
    }
  ]
}

describe("cardConversion", () => {
  const card = renderCard(manifest, facts)
  const body = card.slice(card.indexOf("\n---\n"))

  it("cardConversion says from which files, read as what and why, and which splits", () => {
    assert.include(body, "Preference data in the format **together**, converted by Prefloom 0.1.0.")
    assert.include(body, 'Read as votes in "&lt;script&gt;')
    assert.include(body, "Only these splits of the source were read: train, odd \\|")
    assert.include(body, "| part-79\\|x.jsonl | 2.1 kB | 79a |\n\n3 more source files in `manifest.json`.")
    assert.include(body, 'The licence, mit, is repeated from the card of "&lt;script&gt;')
    for (const ofARun of ["seed", "report.html", "pipeline **"]) assert.notInclude(body, ofARun)
  })

  it("cardConversion counts rows with every reason why some were left out, the most frequent first", () => {
    assert.include(body, "1,200 rows read, 1,100 written, 100 left out")
    const reasons = body.slice(body.indexOf("| Rows | Why"), body.indexOf("### What became"))
    assert.deepStrictEqual(
      Array.from(reasons.matchAll(/^\| (\d+) \|/gm), ([, n]) => Number(n)),
      [50, 40, 10]
    )
    const whole = renderCard({ ...manifest, rowsOut: 1200, stages: [{ ...manifest.stages[0]!, rejected: {} }] }, facts)
    assert.include(whole, "1,200 rows read, 1,200 written, none left out.")
    assert.notInclude(whole, "rejects.parquet")
  })

  it("cardConversion says what became of each column and what was mended", () => {
    assert.include(body, "| kept\\|one | kept |")
    assert.match(body, /\| old .*&lt;img.* \| in input and preferred\\_output \|/)
    assert.include(body, "| &lt;script&gt;alert(1)&lt;/script&gt; | left out |")
    assert.include(body, "| 1,234 | space left out before &lt;script&gt;")
  })

  it("cardConversion takes what columns mean from the conversion, since names are those of the source", () => {
    assert.include(body, "| id | string or null | id of the row |")
    assert.include(body, "| margin | string or null |  |")
  })

  it("cardConversion makes no claim about labels, and tells who can", () => {
    assert.include(body, "how many of them are wrong was not looked at; `prefloom audit` does that")
  })

  it("cardConversion lets no text of the source become markup", () => {
    assert.notMatch(body, /<script|<img|<\/style/i)
    assert.notMatch(body, /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
  })

  it("renderCard states several licences and that models wrote the texts of the source", () => {
    const front: any = Yaml.parse(card.slice(4, card.indexOf("\n---\n") + 1))
    assert.deepStrictEqual(front["license"], ["mit", "cc-by-4.0"])
    assert.include(front["tags"], "synthetic")
    assert.notInclude(
      renderCard({ ...manifest, conversion: { ...manifest.conversion!, synthetic: false } }, facts),
      "  - synthetic"
    )
  })

  it("renderCroissant describes converted files: licences, splits of files with plain names, and meanings", () => {
    const document: any = JSON.parse(renderCroissant(manifest, facts))
    assert.deepStrictEqual(document.license, ["mit", "cc-by-4.0"])
    assert.match(document.description, /^Preference data converted by Prefloom 0\.1\.0\. Read as votes/)
    const [, table] = document.recordSet
    const { regex } = table.field[0].source.transform
    assert.strictEqual(new RegExp(regex).exec("/x/te.st.jsonl")?.[1], "te.st")
    assert.strictEqual(new RegExp(regex).exec("/x/train.jsonl")?.[1], "train")
    assert.isNull(new RegExp(regex).exec("/x/teXst.jsonl"))
    assert.strictEqual(table.field[1].description, "id of the row")
    assert.strictEqual(table.field[2].description, 'Column "margin".')
    assert.deepStrictEqual(
      document.distribution[0].contentUrl,
      "train.jsonl",
      "the file of the split is the one the manifest lists"
    )
  })
})
