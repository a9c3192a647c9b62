import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { readVotes } from "../../src/cli/readVotes.ts"
import { Run } from "../../src/Run.ts"

// Reads the votes of the file that is named, in a process of its own, and prints how many, how fast and with how much memory.

keepHeapSmall()
const start = performance.now()
const nVotes = await Effect.gen(function* () {
  const { batches } = yield* readVotes(process.argv[2]!)
  return yield* Stream.runFold(
    batches,
    () => 0,
    (sum, { rows }) => sum + rows.length
  )
}).pipe(Effect.provide(Run.layerTemporary()), Effect.runPromise)
const seconds = (performance.now() - start) / 1000
process.stdout.write(JSON.stringify({ nVotes, seconds, peakMb: process.resourceUsage().maxRSS / 1024 }))
