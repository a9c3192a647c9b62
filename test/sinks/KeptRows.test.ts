import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Provenance } from "../../src/Provenance.ts"
import { Run } from "../../src/Run.ts"
import { contentId } from "../../src/Seed.ts"
import { dataset, type DatasetOptions } from "../../src/sinks/dataset.ts"
import { keptRowsPath, rowId } from "../../src/sinks/KeptRows.ts"
import { batchesOf } from "../contracts/sink.ts"
import { temporaryFolder } from "../stages/collect.ts"
import { readArrow, readJsonl, readParquet } from "./readBack.ts"

const fields = {
  id: Schema.String,
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  note: Schema.String,
  split: Schema.NullOr(Schema.String)
}
const rows = Array.from({ length: 60 }, (_, i) => ({
  id: `pair ${i}`,
  prompt: `Why is ${i}?`,
  chosen: `Because of ${i}.`,
  rejected: i === 7 ? `Because of ${i}.` : `No idea, ${i}.`,
  note: "long ".repeat(i),
  split: i % 3 === 0 ? "test" : null
}))

const write = (folder: string, options: DatasetOptions<{}>, given: ReadonlyArray<object> = rows, size = 512) => {
  const provenance = new Provenance(path.join(folder, ".prefloom/provenance.jsonl"))
  return dataset(options)
    .write(fields, batchesOf(given, size))
    .pipe(Effect.provide(Run.layer({ folder, provenance })))
}

const keptIn = (folder: string): ReadonlyArray<string> => {
  const home = path.join(folder, path.dirname(keptRowsPath("data/x")))
  return fs.existsSync(home) ? fs.readdirSync(home).toSorted() : []
}

describe("KeptRows", () => {
  it.effect("KeptRows has the id behind every row of every shard and split, and what the format lost of it", () =>
    Effect.gen(function* () {
      const written = [
        { to: "openai-preference", format: "jsonl", read: readJsonl },
        { to: "votes", format: "jsonl.zst", read: readJsonl },
        { to: "votes", format: "parquet", read: readParquet },
        { to: "votes", format: "arrow", read: readArrow }
      ] as const
      for (const { format, read, to } of written) {
        const folder = yield* temporaryFolder
        const { files } = yield* write(folder, { to, format, shardBytes: 1000 })
        assert.isAbove(files.length, 4)
        assert.sameMembers(
          [...keptIn(folder)],
          files.map(({ path: file }) => path.basename(keptRowsPath(file)))
        )
        const seen = new Set<string>()
        for (const { path: file } of files) {
          const kept = yield* Effect.promise(() => readParquet(path.join(folder, keptRowsPath(file))))
          const data = yield* Effect.promise(() => read(path.join(folder, file)))
          assert.strictEqual(kept.length, data.length)
          for (const [i, row] of data.entries()) {
            const given = rows.find(({ prompt }) => JSON.stringify(row).includes(prompt))!
            const { id, note, split } = given
            const cut = note.length > 200 ? `${note.slice(0, 200)}…${contentId(note)}` : note
            assert.strictEqual(kept[i]!["id"], id)
            assert.deepStrictEqual(JSON.parse(String(kept[i]!["lost"])), { note: cut, split })
            assert.strictEqual(file.startsWith("data/test-"), split === "test")
            seen.add(id)
          }
        }
        // One pair has equal replies, which votes alone can hold.
        assert.strictEqual(seen.size, to === "votes" ? rows.length : rows.length - 1)
      }
    })
  )

  it.effect("KeptRows is not there where the files hold everything, or where nobody wants to know", () =>
    Effect.gen(function* () {
      for (const options of [{}, { to: "trl-preference" }]) {
        const folder = yield* temporaryFolder
        yield* write(folder, options)
        assert.deepStrictEqual(keptIn(folder), [])
      }
      const folder = yield* temporaryFolder
      yield* dataset({ to: "together" })
        .write(fields, batchesOf(rows))
        .pipe(Effect.provide(Run.layer({ folder })))
      assert.deepStrictEqual(keptIn(folder), [])
    })
  )

  it.effect("KeptRows leaves the same bytes however rows are cut, and after a run that was stopped in the middle", () =>
    Effect.gen(function* () {
      const options = { to: "together", shardBytes: 3000 }
      const whole = yield* temporaryFolder
      yield* write(whole, options)
      const stopped = yield* temporaryFolder
      // What a process that is gone was writing, and a longer run before it.
      const dead = path.join(stopped, path.dirname(keptRowsPath("data/x")), ".old-00000.jsonl.parquet.999999999.tmp")
      yield* write(stopped, { to: "together", shardBytes: 500 })
      fs.writeFileSync(dead, "half")
      const failing = Stream.concat(batchesOf(rows.slice(0, 40), 10), Stream.fail("stop" as const))
      const provenance = new Provenance(path.join(stopped, ".prefloom/provenance.jsonl"))
      const before = keptIn(stopped)
      const ended = yield* dataset(options)
        .write(fields, failing)
        .pipe(Effect.provide(Run.layer({ folder: stopped, provenance })), Effect.exit)
      assert.isTrue(Exit.isFailure(ended))
      assert.deepStrictEqual(keptIn(stopped), before, "a run that ends early leaves what was there")
      yield* write(stopped, options, rows, 7)
      assert.isAbove(keptIn(whole).length, 2)
      assert.deepStrictEqual(keptIn(stopped), keptIn(whole))
      for (const name of keptIn(whole)) {
        const [one, other] = [whole, stopped].map((folder) =>
          fs.readFileSync(path.join(folder, path.dirname(keptRowsPath("data/x")), name))
        )
        assert.isTrue(one!.equals(other!), name)
      }
      yield* write(stopped, {})
      assert.deepStrictEqual(keptIn(stopped), [], "what is kept goes with the files it belongs to")
    })
  )

  it("KeptRows names a row without an id as stages do", () => {
    assert.strictEqual(rowId({ id: "a", text: "x" }), "a")
    assert.strictEqual(rowId({ id: null, text: "x" }), contentId('{"id":null,"text":"x"}'))
  })
})
