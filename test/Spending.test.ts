import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { migrateJournal } from "../src/migrateJournal.ts"
import { Spending } from "../src/Spending.ts"

const journal = () => {
  const database = new DatabaseSync(":memory:")
  migrateJournal(database)
  return database
}

describe("Spending", () => {
  it("Spending writes what is new once, and what was taken back never", () => {
    const spending = new Spending(journal(), "a")
    spending.add("m", { calls: 1, costUsd: 0.5, promptTokens: 10 })
    spending.lose({ model: "m", tokens: 70, costUsd: 2 })
    assert.strictEqual(spending.inAll().size, 0)
    spending.write()
    spending.write()
    spending.add("m", { calls: 5 })
    spending.undo()
    spending.write()
    assert.deepStrictEqual(
      { ...spending.sinceAnew().get("m")! },
      {
        calls: 1,
        promptTokens: 10,
        completionTokens: 0,
        costUsd: 0.5,
        unpricedCalls: 0,
        uncountedCalls: 0,
        lostCalls: 1,
        lostTokens: 70,
        lostUsd: 2
      }
    )
  })

  it("Spending keeps what was spent each time the run began anew, with what was left open", () => {
    const database = journal()
    const other = new Spending(database, "b")
    other.add("m", { calls: 9 })
    other.write()
    for (const n of [1, 2, 3]) {
      const spending = new Spending(database, "a")
      spending.begin(true)
      assert.strictEqual(spending.sinceAnew().size, 0)
      spending.add("m", { calls: n, uncountedCalls: 1 })
      spending.write()
      database.exec("INSERT INTO openCalls VALUES (1, 'a', 'm', 2, 10, 0.5)")
    }
    const spending = new Spending(database, "a")
    spending.begin(false)
    assert.deepInclude(spending.sinceAnew().get("m")!, { calls: 3, lostCalls: 2 })
    assert.deepInclude(spending.inAll().get("m")!, { calls: 6, uncountedCalls: 3, lostCalls: 6, lostUsd: 1.5 })
    assert.strictEqual(other.inAll().get("m")!.calls, 9)
  })
})
