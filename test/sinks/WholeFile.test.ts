import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Run } from "../../src/Run.ts"
import type { Sink } from "../../src/Sink.ts"
import { dataset } from "../../src/sinks/dataset.ts"
import { jsonl as toJsonl } from "../../src/sinks/jsonl.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { temporaryFolder as scopedFolder } from "../contracts/source.ts"
import { runPrefloom, temporaryFolder } from "../cli/runPrefloom.ts"

const row = { prompt: "Why?", chosen: "So.", rejected: "No." }
const { folder, remove } = temporaryFolder({ "pairs.jsonl": `${JSON.stringify(row)}\n` })
afterAll(remove)

describe("WholeFile", () => {
  for (const out of ["/proc/prefloom/rows.jsonl", "/proc/prefloom/below"]) {
    it.skipIf(process.platform !== "linux")(`WholeFile gives ${out} up, where a system makes no folder`, async () => {
      const started = (child: ChildProcess) => setTimeout(() => child.kill("SIGKILL"), 15_000).unref()
      const args = ["convert", path.join(folder, "pairs.jsonl"), "--to", "trl-preference", "--out", out]
      const { code, stderr } = await runPrefloom(args, { started })
      assert.strictEqual(code, 1)
      assert.match(stderr, /^Error: Cannot write ".*\/proc\/prefloom/)
    })
  }

  /** Copies rows from a file of the run's folder into a sink. */
  const copy = (home: string, from: string, sink: Sink<unknown, unknown, Error, Run>) => {
    const { batches, columns } = jsonl(path.join(home, from), { prompt: Schema.String })
    return sink.write(columns, batches).pipe(Effect.provide(Run.layer({ folder: home })), Effect.scoped)
  }

  it.effect("WholeFile replaces no file that the run has read, whichever sink has its name", () =>
    Effect.gen(function* () {
      const home = yield* scopedFolder
      const read = ["rows.jsonl", "data/train-00000-of-00001.jsonl", "data/test-00000-of-00001.jsonl"]
      fs.mkdirSync(path.join(home, "data"))
      const text = '{"prompt":"p"}\n'
      for (const from of read) {
        const sink = from === "rows.jsonl" ? toJsonl(from) : dataset({ format: "jsonl" })
        for (const name of read) fs.writeFileSync(path.join(home, name), text)
        const { message } = yield* Effect.flip(copy(home, from, sink))
        assert.include(message, `${path.basename(from)}" there, which this run reads`)
        for (const name of read) assert.strictEqual(fs.readFileSync(path.join(home, name), "utf8"), text, name)
      }
      yield* copy(home, "rows.jsonl", toJsonl("other.jsonl"))
      yield* copy(home, "rows.jsonl", toJsonl("other.jsonl"))
      assert.strictEqual(fs.readFileSync(path.join(home, "other.jsonl"), "utf8"), text)
    })
  )
})
