import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { preflightFiles } from "../../src/cli/preflightFiles.ts"
import { llamafactoryAlpaca } from "../../src/formats/llamafactoryAlpaca.ts"
import { llamafactoryKto } from "../../src/formats/llamafactoryKto.ts"
import { llamafactorySharegpt } from "../../src/formats/llamafactorySharegpt.ts"
import { type Format, isRefusal, type Row } from "../../src/formats/Format.ts"
import { preflightRegistry } from "../../src/preflight/preflightRegistry.ts"
import { Run } from "../../src/Run.ts"
import { temporaryFolder } from "../cli/runPrefloom.ts"
import { lookOf } from "../contracts/format.ts"

const said = (from: string, value: string) => ({ from, value })
const asked = said("human", "Which is the largest planet?")
const [better, worse] = [said("gpt", "It is Jupiter."), said("gpt", "That would be Mars.")]
const ranking = { conversations: [asked], chosen: better, rejected: worse }
const withSystem = { ...ranking, conversations: [said("system", "Be brief."), asked] }
const alpaca = { instruction: "Which is the largest planet?", input: "", chosen: "Jupiter.", rejected: "Mars." }
const kto = { conversations: [asked, better], kto_tag: true }
const columns = { messages: "conversations", chosen: "chosen", rejected: "rejected" }
const tags = {
  role_tag: "from",
  content_tag: "value",
  user_tag: "human",
  assistant_tag: "gpt",
  observation_tag: "observation",
  function_tag: "function_call",
  system_tag: "system"
}
const good = { formatting: "sharegpt", ranking: true, columns, tags }

const { folder, remove } = temporaryFolder({})
afterAll(remove)

let nFolders = 0

/** What is found in rows beside an entry; null for no registry. */
const companions = (format: Format, rows: ReadonlyArray<Row>, entry: object | null | string) => {
  const reader = format.reader(lookOf(rows))
  if (isRefusal(reader)) return assert.fail(reader.found)
  const own = path.join(folder, String(nFolders++))
  fs.mkdirSync(own)
  const registry = typeof entry === "string" ? entry : JSON.stringify({ mine: { file_name: "rows.jsonl", ...entry } })
  if (entry !== null) fs.writeFileSync(path.join(own, "dataset_info.json"), registry)
  const check = preflightRegistry(format, reader.holding, path.join(own, "rows.jsonl"))
  for (const [i, raw] of rows.entries()) {
    const record = reader.read(raw)
    if (!("kind" in record)) return assert.fail(record.reason)
    check.see({ example: { id: null, place: `rows:${i + 1}` }, split: null, record, raw, prompt: "", pair: null })
  }
  return check.result(rows.length).findings.map(({ examples, rows: n, severity, what }) => {
    assert.isNotEmpty(what)
    return { severity, what, rows: n, places: examples.map(({ place }) => place) }
  })
}

/** The one thing that is found. */
const only = (...given: Parameters<typeof companions>) => {
  const found = companions(...given)
  assert.lengthOf(found, 1, JSON.stringify(found))
  return found[0]!
}

describe("preflightRegistry", () => {
  it("preflightRegistry is silent on entries under which LLaMA-Factory reads the rows", () => {
    assert.deepStrictEqual(companions(llamafactorySharegpt, [ranking, withSystem], good), [])
    assert.deepStrictEqual(companions(llamafactorySharegpt, [ranking], { ...good, tags: undefined }), [])
    const entry = { ranking: true, columns: { prompt: "instruction", chosen: "chosen", rejected: "rejected" } }
    assert.deepStrictEqual(companions(llamafactoryAlpaca, [alpaca], entry), [])
    const single = { formatting: "sharegpt", columns: { messages: "conversations", kto_tag: "kto_tag" } }
    assert.deepStrictEqual(companions(llamafactoryKto, [kto], single), [])
  })

  it("preflightRegistry misses a registry and an entry", () => {
    assert.match(only(llamafactorySharegpt, [ranking], null).what, /^there is no dataset_info\.json beside/)
    assert.match(only(llamafactorySharegpt, [ranking], "no JSON").what, /has no entry with the file name "rows\.jsonl"/)
    assert.match(only(llamafactorySharegpt, [ranking], `{"other": {"file_name": "x.jsonl"}}`).what, /has no entry/)
  })

  it("preflightRegistry takes a folder in the place of the registry for one without entries", () => {
    const reader = llamafactorySharegpt.reader(lookOf([ranking]))
    if (isRefusal(reader)) return assert.fail(reader.found)
    const own = path.join(folder, "odd")
    fs.mkdirSync(path.join(own, "dataset_info.json"), { recursive: true })
    const { findings } = preflightRegistry(llamafactorySharegpt, reader.holding, path.join(own, "rows.jsonl")).result(1)
    assert.match(findings[0]!.what, /has no entry with the file name "rows\.jsonl"/)
  })

  it("preflightRegistry finds a formatting that is not that of the rows", () => {
    const named = only(llamafactorySharegpt, [ranking], { ...good, formatting: "alpaca" })
    assert.deepInclude(named, { severity: "silently wrong", rows: 1 })
    assert.match(named.what, /formatting: alpaca, where the rows are in the form sharegpt/)
    // Nothing said is alpaca, and without columns it looks for an instruction that is not there.
    assert.strictEqual(only(llamafactorySharegpt, [ranking], { ranking: true }).severity, "stops training")
    assert.match(only(llamafactoryAlpaca, [alpaca], { ...good }).what, /formatting: sharegpt, .* form alpaca/)
  })

  it("preflightRegistry finds a ranking that is not that of the rows", () => {
    assert.match(only(llamafactorySharegpt, [ranking], { ...good, ranking: false }).what, /ranking: false/)
    const single = { formatting: "sharegpt", ranking: true, columns: { messages: "conversations", kto_tag: "kto_tag" } }
    assert.match(only(llamafactoryKto, [kto], single).what, /ranking: true, .* not read as single replies/)
  })

  it("preflightRegistry finds columns that an entry does not name", () => {
    const { chosen: _, ...without } = columns
    const lost = only(llamafactorySharegpt, [ranking], { ...good, columns: without })
    assert.deepInclude(lost, { severity: "stops training", rows: 1 })
    assert.match(lost.what, /names nothing as chosen, where the rows have "chosen"/)
    // The defaults know no chosen and no rejected.
    assert.lengthOf(companions(llamafactorySharegpt, [ranking], { formatting: "sharegpt", ranking: true }), 2)
    const untagged = { formatting: "sharegpt", columns: { messages: "conversations" } }
    assert.deepInclude(only(llamafactoryKto, [kto], untagged), { severity: "silently wrong" })
  })

  it("preflightRegistry finds what is in a system column that no entry names, in the rows that have it", () => {
    const rows = [ranking, { ...ranking, system: "Be brief." }, { ...ranking, system: "" }]
    const found = only(llamafactorySharegpt, rows, good)
    assert.deepInclude(found, { severity: "silently wrong", rows: 1, places: ["rows:2"] })
    assert.match(found.what, /names nothing as system/)
    assert.deepStrictEqual(
      companions(llamafactorySharegpt, rows, { ...good, columns: { ...columns, system: "system" } }),
      []
    )
  })

  it("preflightRegistry finds a system_tag that is left out, in the rows with a turn of the system", () => {
    const { system_tag: _, ...others } = tags
    const found = only(llamafactorySharegpt, [ranking, withSystem], { ...good, tags: others })
    assert.deepInclude(found, { severity: "silently wrong", rows: 1, places: ["rows:2"] })
    assert.match(found.what, /names nothing as system_tag/)
    assert.deepStrictEqual(companions(llamafactorySharegpt, [ranking], { ...good, tags: others }), [])
  })

  it("preflightRegistry finds tags that are not those of the messages", () => {
    const turn = (role: string, content: string) => ({ role, content })
    const row = {
      conversations: [turn("user", asked.value)],
      chosen: turn("assistant", better.value),
      rejected: turn("assistant", worse.value)
    }
    const found = companions(llamafactorySharegpt, [row], good)
    assert.deepStrictEqual(
      found.map(({ severity }) => severity),
      ["stops training", "silently wrong", "silently wrong"]
    )
    assert.match(
      found[0]!.what,
      /"from" and "value" as role_tag and content_tag, where messages have "role" and "content"/
    )
    const right = { ...tags, role_tag: "role", content_tag: "content", user_tag: "user", assistant_tag: "assistant" }
    assert.deepStrictEqual(companions(llamafactorySharegpt, [row], { ...good, tags: right }), [])
  })

  it("preflightRegistry looks beside the files of a command", async () => {
    const own = path.join(folder, "command")
    fs.mkdirSync(own)
    fs.writeFileSync(path.join(own, "rows.jsonl"), `${JSON.stringify(withSystem)}\n`)
    const check = () =>
      preflightFiles(
        { files: [own], named: {}, encoding: "o200k_base", maxLength: 1024 },
        { what: "", nRows: 0, totalRows: null }
      ).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)
    const alone = await check()
    assert.strictEqual(alone.findings[0]!.check, "companion")
    fs.writeFileSync(
      path.join(own, "dataset_info.json"),
      JSON.stringify({ mine: { file_name: "rows.jsonl", ...good } })
    )
    assert.deepStrictEqual((await check()).findings, [])
  })
})
