import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ProvenanceNotes } from "../src/Provenance.ts"
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

  it.effect("runView notes where rows of a part come from under its keys in the run, and elsewhere under its own", () =>
    Effect.gen(function* () {
      const run = yield* Run
      const noted: Array<string> = []
      const notes = (name: string): ProvenanceNotes => ({
        asked: (stage) => noted.push(`${name}: ${stage} asked`),
        made: (stage) => noted.push(`${name}: ${stage} made`),
        include: (_file, keyOf) => noted.push(`${name}: ${keyOf("inner")} included`),
        flush: () => noted.push(`${name}: flushed`)
      })
      const keyOf = (key: string) => `${key}#2`
      const inRun = runView({ ...run, provenance: notes("run") }, { keyOf }).provenance!
      inRun.asked("ask", "a", [])
      inRun.made("pair", "a", ["b"], {})
      inRun.include("file", (key) => `round 1/${key}`)
      inRun.flush()
      runView({ ...run, provenance: notes("run") }, { keyOf, provenance: notes("own") }).provenance!.asked(
        "ask",
        "a",
        []
      )
      assert.deepStrictEqual(noted, [
        "run: ask#2 asked",
        "run: pair#2 made",
        "run: round 1/inner#2 included",
        "run: flushed",
        "own: ask asked"
      ])
      assert.isNull(runView({ ...run, provenance: null }, { keyOf }).provenance)
    }).pipe(Effect.provide(Run.layerTemporary()))
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
