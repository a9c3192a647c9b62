import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { fileProblem } from "../src/fileProblem.ts"
import { isText, Provenance, shortened, withoutHashes } from "../src/Provenance.ts"
import { RowCalls } from "../src/RowCalls.ts"
import { Run } from "../src/Run.ts"
import { contentId } from "../src/Seed.ts"
import { memory } from "../src/sources/memory.ts"
import { each, reshape, whole } from "../src/Stage.ts"
import { temporaryFolder } from "./cli/runPrefloom.ts"

const fields = { id: Schema.String, text: Schema.String }

const ask = each({
  name: "ask",
  needs: fields,
  gives: {},
  row: ({ id }) =>
    Effect.map(RowCalls, (calls) => {
      if (id !== "silent") for (const n of [2, 1, 2]) calls?.add(`${id} ${n}`)
      return {}
    })
})

const halve = reshape({
  name: "halve",
  needs: fields,
  gives: fields,
  keeps: false,
  row: ({ id, text }) => (id === "silent" ? [] : [0, 1].map((n) => ({ id: `${id}.${n}`, text })))
})

const last = whole({
  name: "last",
  needs: fields,
  gives: fields,
  keeps: false,
  begin: () => ({
    see: () => undefined,
    settle: Effect.succeed(({ id, text }: { readonly id: string; readonly text: string }) =>
      id === "a.1" ? [{ id: "z", text }] : []
    )
  })
})

const linesOf = async (file: string) => {
  const rows = ["a", "silent", "b"].map((id) => ({ id, text: id.repeat(300) }))
  const provenance = new Provenance(file)
  const pipeline = memory(rows, fields).pipe(ask, halve, last)
  await Effect.runPromise(
    Stream.runDrain(pipeline.batches).pipe(
      Effect.provide(Run.layer({ folder: path.dirname(file), provenance })),
      Effect.scoped
    )
  )
  provenance.flush()
  return fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

describe("Provenance", () => {
  it.skipIf(!fs.existsSync("/dev/full"))("names its file where the disk is full", () => {
    const notes = new Provenance("/dev/full")
    notes.asked("ask", "a", ["b"])
    let thrown: unknown
    try {
      notes.flush()
    } catch (cause) {
      thrown = cause
    }
    assert.match(fileProblem(thrown)!, /^Cannot write to "\/dev\/full": found no room on its disk \(ENOSPC/)
  })

  it("Provenance notes calls in the order of asking and rows with what they were made from, texts cut", async () => {
    const { folder, remove } = temporaryFolder({})
    try {
      const lines = await linesOf(path.join(folder, "deep", "provenance.jsonl"))
      const cut = (text: string) => `${text.slice(0, 200)}…${contentId(text)}`
      const from = (id: string) => ({ id, text: cut(id[0]!.repeat(300)) })
      assert.sameDeepMembers(lines, [
        { stage: "ask", row: "a", calls: ["a 2", "a 1"] },
        { stage: "ask", row: "b", calls: ["b 2", "b 1"] },
        { stage: "halve", of: "a", made: ["a.0", "a.1"], from: from("a") },
        { stage: "halve", of: "b", made: ["b.0", "b.1"], from: from("b") },
        { stage: "last", of: "a.1", made: ["z"], from: from("a.1") }
      ])
    } finally {
      remove()
    }
  })

  it("Provenance begins anew where an earlier run left a file", () => {
    const { folder, remove } = temporaryFolder({ "provenance.jsonl": "old\n" })
    try {
      const file = path.join(folder, "provenance.jsonl")
      const provenance = new Provenance(file)
      provenance.asked("s", "r", new Set(["k"]))
      provenance.flush()
      provenance.flush()
      assert.strictEqual(fs.readFileSync(file, "utf8"), '{"stage":"s","row":"r","calls":["k"]}\n')
    } finally {
      remove()
    }
  })

  it("Provenance knows the texts that it cut, and no others that begin alike", () => {
    const texts = [
      "short",
      "a".repeat(200),
      "a".repeat(201),
      "a".repeat(300),
      `${"a".repeat(299)}b`,
      `${"a".repeat(199)}😀b`
    ]
    const kept = texts.map((text) => JSON.parse(JSON.stringify(text, shortened)) as string)
    for (const [i, one] of kept.entries()) {
      assert.deepStrictEqual(
        texts.filter((text) => isText(one, text)),
        [texts[i]]
      )
    }
    assert.deepStrictEqual(withoutHashes({ texts: kept }).texts, [
      "short",
      "a".repeat(200),
      ...Array.from({ length: 3 }, () => `${"a".repeat(200)}…`),
      `${"a".repeat(199)}\ufffd…`
    ])
  })
})
