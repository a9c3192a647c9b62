import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { pal } from "../../pipelines/pal.ts"
import { runRecipe } from "./runRecipe.ts"

interface Comparison {
  readonly id: string
  readonly worker: string
  readonly left: string
  readonly right: string
  readonly policies: ReadonlyArray<string>
}
const given = fs
  .readFileSync(new URL("../../data/pal.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Comparison)

/** By the order in which the file was written: most active workers first. */
const workers = "ada bram chen dunja emil fatou gus hana ivo jun".split(" ")
const unseen = ["kim", "lea", "max"]

describe("the recipe of PAL", () => {
  const ran = runRecipe(pal)

  it.effect(
    "pal has the 4th to 6th of the ten most active workers prefer the shorter text, the others the longer one",
    () =>
      Effect.map(ran, ({ rows }) => {
        const prefers = new Map<string, Set<string>>()
        for (const { chosen, rejected, user, worker } of rows) {
          assert.strictEqual(user, unseen.includes(worker) ? "unseen" : "seen")
          if (chosen.length === rejected.length) continue
          const some = prefers.get(worker) ?? new Set()
          prefers.set(worker, some.add(chosen.length > rejected.length ? "longer" : "shorter"))
        }
        const seen = workers.map((worker) => [worker, ...prefers.get(worker)!])
        const wanted = workers.map((worker, i) => [worker, i >= 3 && i <= 5 ? "shorter" : "longer"])
        assert.deepStrictEqual(seen, wanted)
        for (const worker of unseen) assert.strictEqual(prefers.get(worker)!.size, 1)
      })
  )

  it.effect("pal gives equal lengths to the right", () =>
    Effect.map(ran, ({ rows }) => {
      const equal = given.find(({ left, right }) => left.length === right.length)!
      assert.strictEqual(rows.find(({ promptId }) => promptId === equal.id)!.chosen, equal.right)
    })
  )

  it.effect("pal keeps exactly two training comparisons of each unseen worker and all of the seen ones", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      const nOf = (worker: string, split: string) =>
        rows.filter((row) => row.worker === worker && row.split === split).length
      for (const worker of unseen) assert.deepStrictEqual([worker, nOf(worker, "train")], [worker, 2])
      assert.isAbove(
        unseen.reduce((sum, worker) => sum + nOf(worker, "test"), 0),
        0
      )
      for (const worker of workers) {
        const bySupervised = given.filter(
          (one) => one.worker === worker && !one.policies.some((name) => name.includes("ppo"))
        )
        assert.strictEqual(nOf(worker, "train") + nOf(worker, "test"), bySupervised.length, worker)
      }
      const cut = rejects.filter(({ reason }) => reason === "over quota").length
      const nUnseen = given.filter(({ worker }) => unseen.includes(worker)).length
      assert.strictEqual(cut, nUnseen - rows.filter(({ user }) => user === "unseen").length)
    })
  )

  it.effect("pal leaves out other policies, and shares no prompt among splits", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      const others = given.filter(({ policies }) => policies.some((name) => name.includes("ppo"))).map(({ id }) => id)
      const left = rejects.filter(({ reason }) => reason === "not by a supervised policy").map(({ id }) => id)
      assert.deepStrictEqual(left, others)
      const splits = Map.groupBy(rows, ({ prompt }) => prompt)
      for (const some of splits.values()) assert.strictEqual(new Set(some.map(({ split }) => split)).size, 1)
      assert.strictEqual(new Set(rows.map(({ split }) => split)).size, 2)
    })
  )
})
