import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Run } from "../src/Run.ts"
import { runView } from "../src/runView.ts"

const finding = { kind: "taken", asked: 1, given: 1, warnings: [] } as const

describe("runView", () => {
  it.effect("runView files counts, rejects and findings of a part under its keys in the run", () =>
    Effect.gen(function* () {
      const run = yield* Run
      const told: Array<string> = []
      const view = runView(run, {
        keyOf: (key) => `part/${key}`,
        findingKeyOf: (key) => `${key}!`,
        seed: 9,
        onReject: ({ stage }) => told.push(stage),
        onFinding: (key) => told.push(key)
      })
      view.progress.stage("s").rowsIn += 2
      view.rejects.add({ id: "a", stage: "s", reason: "r", detail: "" })
      view.findings.set("s", finding)
      view.progress.totalRows = 5
      assert.strictEqual(run.progress.stage("part/s").rowsIn, 2)
      assert.deepStrictEqual([...run.rejects.entries()], [{ id: "a", stage: "part/s", reason: "r", detail: "" }])
      assert.deepStrictEqual([...view.rejects.counts("s")], [["r", 1]])
      assert.deepStrictEqual(run.findings.entries(), [["s!", finding]])
      assert.deepStrictEqual(told, ["part/s", "s!"])
      assert.deepStrictEqual([run.progress.totalRows, run.seed, view.seed], [null, 4, 9])
      assert.strictEqual(view.progress.models, run.progress.models)
    }).pipe(Effect.provide(Run.layerTemporary({ seed: 4 })))
  )

  it.effect("runView of a view puts one name into the other", () =>
    Effect.gen(function* () {
      const run = yield* Run
      const inner = runView(runView(run, { keyOf: (key) => `a/${key}` }), { keyOf: (key) => `b/${key}` })
      inner.progress.stage("s").rowsOut = 3
      assert.strictEqual(run.progress.stage("a/b/s").rowsOut, 3)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
