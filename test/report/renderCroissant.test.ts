import { assert, describe, it } from "@effect/vitest"
import { renderCard } from "../../src/report/renderCard.ts"
import { renderCroissant } from "../../src/report/renderCroissant.ts"
import { cardFacts, emptyManifest, fullManifest } from "./fixture.ts"

const facts = {
  ...cardFacts,
  configs: cardFacts.configs.map((config) =>
    config.name === "pairs_of_pairs"
      ? { ...config, splits: [{ name: "train", pathGlob: "pairs_of_pairs/train-*", rows: 1, bytes: 1 }] }
      : config
  )
}

const document: any = JSON.parse(renderCroissant(fullManifest, facts))

/** All objects in a value that have a type. */
const typed = (value: unknown): ReadonlyArray<any> => {
  if (typeof value !== "object" || value === null) return []
  const inner = Object.values(value).flatMap(typed)
  return "@type" in value ? [value, ...inner] : inner
}

const recordSet = (id: string): any => document.recordSet.find((one: any) => one["@id"] === id)

const field = (id: string): any => typed(document.recordSet).find((one) => one["@id"] === id)

describe("renderCroissant", () => {
  it("renderCroissant names context, type, version and what is known, and nothing else", () => {
    assert.strictEqual(document["@context"]["@vocab"], "https://schema.org/")
    assert.strictEqual(document["@context"].cr, "http://mlcommons.org/croissant/")
    assert.strictEqual(document["@type"], "sc:Dataset")
    assert.strictEqual(document.conformsTo, "http://mlcommons.org/croissant/1.0")
    assert.strictEqual(document.license, "apache-2.0")
    assert.include(document.description, "SIMULATED")
    for (const unknown of ["creator", "datePublished", "url", "version", "inLanguage"])
      assert.notProperty(document, unknown)
    const silent = JSON.parse(renderCroissant(emptyManifest, { prettyName: "x", configs: [] }))
    assert.notProperty(silent, "license")
  })

  it("renderCroissant lists every data file with its checksum and size, and no other", () => {
    const files = document.distribution.filter((one: any) => one["@type"] === "cr:FileObject")
    const data = fullManifest.files.filter(({ path }) => path.startsWith("data/"))
    assert.deepStrictEqual(
      files.map((one: any) => [one.contentUrl, one.sha256, one.contentSize, one.encodingFormat]),
      data.map(({ bytes, path, sha256 }) => [path, sha256, `${bytes} B`, "application/x-parquet"])
    )
    for (const { sha256 } of files) assert.match(sha256, /^[0-9a-f]{64}$/)
  })

  it("renderCroissant says which files mlcroissant does not read, as the card does", () => {
    const written = (ending: string) => {
      const files = fullManifest.files.map((file) => ({
        ...file,
        path: file.path.replace(/^(data.*)\.parquet$/, `$1${ending}`)
      }))
      const manifest = { ...fullManifest, files }
      const made = JSON.parse(renderCroissant(manifest, facts))
      const set = made.distribution.find((one: any) => one["@id"] === "files-of-pairs")
      return [set.encodingFormat, set.description, renderCard(manifest, facts)] as const
    }
    for (const ending of [".parquet", ".jsonl"]) {
      const [, description, card] = written(ending)
      assert.notInclude(description + card, "mlcroissant")
    }
    const [arrow, ofArrow, arrowCard] = written(".arrow")
    assert.strictEqual(arrow, "application/vnd.apache.arrow.file")
    assert.include(ofArrow, "mlcroissant reads no records of Arrow files")
    assert.include(arrowCard, "croissant.json describes the files, but mlcroissant reads no records of Arrow files")
    const [packed, ofPacked, packedCard] = written(".jsonl.zst")
    assert.strictEqual(packed, "application/zstd")
    assert.include(ofPacked, "mlcroissant reads no records of JSON Lines compressed with Zstandard")
    assert.include(packedCard, "mlcroissant reads no records of JSON Lines")
  })

  it("renderCroissant uses every id once and refers to none that is not there", () => {
    const nodes = [...typed(document.distribution), ...typed(document.recordSet)].filter((one) =>
      String(one["@type"]).startsWith("cr:")
    )
    const ids = nodes.map((one) => one["@id"] as string)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const one of nodes) {
      const named = [one.source?.fileSet, one.references?.field, one.key].filter((reference) => reference !== undefined)
      for (const reference of named) assert.include(ids, reference["@id"])
    }
  })

  it("renderCroissant gives each field a type and a source, or fields below it", () => {
    const fields = typed(document.recordSet).filter((one) => one["@type"] === "cr:Field")
    for (const one of fields) {
      if (one.subField !== undefined) assert.isAbove(one.subField.length, 0)
      else assert.match(one.dataType, /^sc:(?:Text|Integer|Float|Boolean)$/)
      if (one.source?.extract?.column !== undefined) assert.isString(one.source.fileSet["@id"])
    }
    assert.strictEqual(field("pairs/margin").dataType, "sc:Float")
    assert.strictEqual(field("pairs/nLabels").dataType, "sc:Integer")
    assert.strictEqual(field("pairs/flipped").dataType, "sc:Boolean")
    assert.strictEqual(field("pairs/annotatorIds").repeated, true)
    assert.deepStrictEqual(field("pairs/prompt/role").source, {
      fileSet: { "@id": "files-of-pairs" },
      extract: { column: "prompt" },
      transform: [{ jsonPath: "role" }]
    })
    assert.strictEqual(field(`pairs/${encodeURIComponent("yes: no # null")}`).name, "yes: no # null")
    assert.deepStrictEqual(
      recordSet("pairs").field.map((one: any) => one.name),
      ["split", ...cardFacts.configs[0]!.features.map(({ name }) => name)]
    )
  })

  it("renderCroissant finds the split of a file by its path", () => {
    const splits = recordSet("pairs_splits")
    assert.strictEqual(splits.dataType, "cr:Split")
    assert.deepStrictEqual(splits.data, [{ "pairs_splits/split_name": "train" }, { "pairs_splits/split_name": "test" }])
    const { regex } = field("pairs/split").source.transform
    assert.strictEqual(new RegExp(regex).exec("/x/data/train-00001-of-00002.parquet")?.[1], "train")
    assert.isNull(new RegExp(regex).exec("/x/data/train_sft-00001-of-00002.parquet"))
  })

  it("renderCroissant keeps a column named split apart from the split of the file", () => {
    const text = { kind: "string", nullable: true } as const
    const configs = [{ ...facts.configs[0]!, features: [{ name: "split", type: text }] }]
    const made: any = JSON.parse(renderCroissant(fullManifest, { prettyName: "x", configs }))
    assert.deepStrictEqual(
      made.recordSet[1].field.map((one: any) => one["@id"]),
      ["pairs/split_", "pairs/split"]
    )
  })

  it("renderCroissant gives the same text for the same run", () => {
    assert.strictEqual(renderCroissant(fullManifest, facts), renderCroissant(structuredClone(fullManifest), facts))
  })
})
