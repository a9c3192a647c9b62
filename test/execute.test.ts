import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execute } from "../src/execute.ts"
import { into } from "../src/Plan.ts"
import { Progress } from "../src/Progress.ts"
import { memory } from "../src/sources/memory.ts"
import { jsonl } from "../src/sinks/jsonl.ts"
import { branch } from "../src/stages/branch.ts"
import { filter } from "../src/stages/filter.ts"
import { temporaryFolder } from "./stages/collect.ts"

const fields = { id: Schema.String, passRate: Schema.Finite }
const rows = [0.1, 0.9, 0.4, 0.8, 0.2, 0.7, 0.3].map((passRate, i) => ({ id: `row ${i}`, passRate }))

describe("execute", () => {
  it.effect(
    "execute says how many rows came out, whatever stage they came out of, and accounts for every other one",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const weak = filter({ needs: fields, reason: "too easy", keep: ({ passRate }) => passRate < 0.8 })
        const plan = memory(rows, fields).pipe(
          branch({
            by: ({ passRate }) => (passRate < 0.5 ? "hard" : "easy"),
            routes: { easy: (some) => some.pipe(weak), hard: (some) => some.pipe(weak) }
          }),
          into(jsonl(path.join(folder, "rows.jsonl")))
        )
        const { manifest } = yield* execute(plan, {
          name: "routes",
          out: folder,
          seed: 0,
          limit: null,
          fresh: false,
          progress: new Progress()
        })
        assert.strictEqual(manifest.rowsOut, 5)
        assert.strictEqual(manifest.files[0]?.rows, 5)
        const nRejected = manifest.stages.flatMap(({ rejected }) => Object.values(rejected))
        assert.strictEqual(
          nRejected.reduce((sum, n) => sum + n, 0),
          rows.length - 5
        )
      })
  )
})
