import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { sourceFacts } from "../../src/cli/sourceFacts.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const card = (front: string) => `---\n${front}\n---\n# x\n`
const manifest = (more: object) =>
  JSON.stringify({ prefloom: "0.1.0", pipeline: "first", pipelineHash: "abc", ...more })

const { folder, remove } = temporaryFolder({
  "mit/README.md": card("pretty_name: Mine\nlicense: mit\nlanguage: en\ntags:\n- synthetic\n- x"),
  "mit/data/train.jsonl": "x",
  "mit/other/train.jsonl": "x",
  "alike/README.md": card("language: [en]\nlicense: [mit]").replaceAll("\n", "\r\n"),
  "alike/train.jsonl": "x",
  "other/README.md": card("license: other\nlicense_name: my-own\nlicense_link: https://example.invalid/l"),
  "other/train.jsonl": "x",
  "several/README.md": card("license:\n  - mit\n  - cc-by-4.0"),
  "several/train.jsonl": "x",
  "none/README.md": "# Licence: MIT\n\n---\nlicense: mit\n---\n",
  "none/train.jsonl": "x",
  "words/README.md": card("license: The MIT License"),
  "words/train.jsonl": "x",
  "odd/README.md": card("dataset_info:\n  features:\n  - - license: gpl\n    : [\nlicense: mit\nother: {"),
  "odd/train.jsonl": "x",
  "broken/README.md": card("license: [mit"),
  "broken/manifest.json": "{",
  "broken/train.jsonl": "x",
  "run/manifest.json": manifest({
    simulated: true,
    notice: "All made up.",
    provider: { name: "simulated" },
    files: [{ path: "pairs/train.jsonl" }, null, 5]
  }),
  "run/pairs/train.jsonl": "x",
  "run/else/train.jsonl": "x",
  "converted/manifest.json": manifest({
    simulated: false,
    provider: null,
    conversion: {},
    files: [{ path: "a.jsonl" }]
  }),
  "converted/a.jsonl": "x",
  "again/manifest.json": manifest({
    simulated: false,
    provider: null,
    conversion: { synthetic: true },
    files: [{ path: "a.jsonl" }]
  }),
  "again/a.jsonl": "x",
  "again/mine.jsonl": "x",
  "changed/manifest.json": manifest({ files: [{ path: "a.jsonl" }], conversion: { files: [null] } }),
  "changed/a.jsonl": "x",
  "strange/manifest.json": JSON.stringify({ name: "an app", simulated: true, files: [] }),
  "strange/a.jsonl": "x"
})

afterAll(remove)

const of = (...names: ReadonlyArray<string>) => sourceFacts(names.map((name) => path.join(folder, name)))

describe("sourceFacts", () => {
  it("sourceFacts repeats what the card of a folder states, of its files and of those in data, and says from where", () => {
    const facts = of("mit/data/train.jsonl")
    assert.deepStrictEqual(
      { ...facts, terms: [], origin: [] },
      {
        prettyName: "Mine",
        licence: "mit",
        language: ["en"],
        simulated: false,
        notice: null,
        synthetic: true,
        terms: [],
        origin: []
      }
    )
    assert.deepStrictEqual(facts.terms, [
      'The licence is mit, as the card of "mit" states',
      'The language is en, as the card of "mit" states'
    ])
    assert.deepStrictEqual(facts.origin, ['Models wrote texts of "mit"'])
    assert.isUndefined(of("mit/other/train.jsonl").licence)
  })

  it("sourceFacts reads a licence of the author's own and several, and the card alone", () => {
    assert.deepStrictEqual(of("other/train.jsonl").licence, { name: "my-own", link: "https://example.invalid/l" })
    assert.deepStrictEqual(of("several/train.jsonl").licence, ["mit", "cc-by-4.0"])
    assert.strictEqual(of("odd/train.jsonl").licence, "mit")
  })

  it("sourceFacts takes no licence from prose, from words or from what it cannot read, and says what it did not use", () => {
    const none = of("none/train.jsonl")
    assert.isUndefined(none.licence)
    assert.deepStrictEqual([...none.terms, ...none.origin], [])
    const words = of("words/train.jsonl")
    assert.isUndefined(words.licence)
    assert.match(words.origin.join(), /licence that is no identifier of the hub.* "words" was not used/)
    const broken = of("broken/train.jsonl")
    assert.isUndefined(broken.licence)
    assert.lengthOf(broken.origin, 2)
  })

  it("sourceFacts states one licence for several sources where all state the same, else none, and why", () => {
    const alike = of("mit/data/train.jsonl", "alike/train.jsonl")
    assert.strictEqual(alike.licence, "mit")
    assert.strictEqual(alike.terms[0], 'The licence is mit, as the cards of "mit", "alike" state')
    assert.deepStrictEqual(alike.language, ["en"])
    assert.isUndefined(alike.prettyName)
    for (const [other, said] of [
      ["several/train.jsonl", '"several" mit, cc-by-4.0'],
      ["none/train.jsonl", '"none" none']
    ] as const) {
      const facts = of("mit/data/train.jsonl", other)
      assert.isUndefined(facts.licence)
      assert.include(facts.terms[0], `The sources do not state one licence: "mit" mit, ${said}`)
    }
  })

  it("sourceFacts knows a simulated run by its manifest, of the files that it lists", () => {
    const run = of("run/pairs/train.jsonl", "none/train.jsonl")
    assert.isTrue(run.simulated)
    assert.isTrue(run.synthetic)
    assert.strictEqual(run.notice, "All made up.")
    assert.include(run.origin, '"run" was made by the pipeline "first" of Prefloom 0.1.0, pipeline hash abc')
    assert.isFalse(of("run/else/train.jsonl").simulated)
    assert.isFalse(of("strange/a.jsonl").simulated)
    assert.deepStrictEqual(of("converted/a.jsonl").origin, ['"converted" was converted by Prefloom 0.1.0'])
  })

  it("sourceFacts says how a data set was made of the files alone that its manifest lists", () => {
    const made = '"again" was converted by Prefloom 0.1.0'
    assert.include(of("again/a.jsonl").origin, made)
    assert.deepStrictEqual(of("again/mine.jsonl").origin, ['Models wrote texts of "again"'])
    assert.include(of("again/mine.jsonl", "again/a.jsonl").origin, made)
  })

  it("sourceFacts says what it does not understand of a manifest that somebody changed", () => {
    assert.deepStrictEqual(of("changed/a.jsonl").origin, [
      'A manifest with other values than Prefloom writes of "changed" was not used'
    ])
  })

  it("sourceFacts knows by the manifest of a conversion that models wrote its texts, also without its card", () => {
    assert.isTrue(of("again/a.jsonl").synthetic)
    assert.isFalse(of("converted/a.jsonl").synthetic)
  })
})
