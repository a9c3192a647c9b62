import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { showReading } from "../../src/cli/showReading.ts"

describe("showReading", () => {
  it.effect("showReading prints no line of no rows where the line is not redrawn", () =>
    Effect.gen(function* () {
      const isTty = process.stderr.isTTY
      process.stderr.isTTY = false
      const write = vi.spyOn(process.stderr, "write").mockReturnValue(true)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          write.mockRestore()
          process.stderr.isTTY = isTty
        })
      )
      const reading = { what: "Writing the labels", nRows: 0, totalRows: null as number | null }
      yield* showReading(reading)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(write.mock.calls, [])
      reading.nRows = 7
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(
        write.mock.calls.map(([text]) => text),
        ["Writing the labels: 7 rows\n"]
      )
    })
  )
})
