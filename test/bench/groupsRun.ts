import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Group } from "../../schemas/Group.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import { originalAnswer } from "../../schemas/Candidate.ts"
import { keepHeapSmall } from "../../src/cli/keepHeapSmall.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { Run } from "../../src/Run.ts"
import { aggregate } from "../../src/stages/aggregate.ts"
import * as Check from "../../src/stages/Check.ts"
import * as Difficulty from "../../src/stages/Difficulty.ts"
import { judgeByRule } from "../../src/stages/judgeByRule.ts"
import { order } from "../../src/stages/order.ts"
import { pair } from "../../src/stages/pair.ts"
import { split } from "../../src/stages/split.ts"
import { verify } from "../../src/stages/verify.ts"

/**
 * One measured run, in a process of its own: `node groupsRun.ts <groups>`; groups with 8 candidates of 60 words and 5 judgments of
 * each flow through six stages. Prints one JSON object.
 */
// As `prefloom run` does.
keepHeapSmall()

const nGroups = Number(process.argv[2])
const judges = ["ada", "bram", "chen", "dunja"]

const groupOf = (i: number) => {
  const random = keyedRandom("groups", i)
  const text = () => Array.from({ length: 60 }, () => `word${Math.floor(random() * 5000)}`).join(" ")
  const candidates = Array.from({ length: 8 }, (_, c) => ({
    ...originalAnswer,
    id: `${i}-${c}`,
    text: text(),
    model: "bench",
    sampleIndex: c
  }))
  const judgments = candidates.flatMap(({ id }) =>
    judges.map((annotator): Judgment => ({
      annotator,
      annotatorKind: "simulated",
      axis: "overall",
      firstId: id,
      secondId: null,
      score: Math.floor(100 * random()) / 10,
      verdict: null,
      critique: null,
      plantedCorrect: null
    }))
  )
  return { id: `group-${i}`, domain: null, prompt: `Question ${i}: ${text()}`, reference: null, candidates, judgments }
}

const made = Array.from({ length: 500 }, (_, i) => groupOf(i))

/** Groups under ids of their own, so that making texts is not what is measured. */
function* batches() {
  for (let from = 0; from < nGroups; from += 500) {
    yield {
      index: from / 500,
      rows: made.slice(0, Math.min(500, nGroups - from)).map((group, i) => ({
        ...group,
        id: `group-${from + i}`,
        prompt: `Question ${from + i}: ${group.prompt}`
      }))
    }
  }
}

const step = { key: "groups", kind: "source", needs: {}, gives: Group, config: {} } as const
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-bench-"))
const pipeline = Pipeline.make(
  [step],
  Group,
  Stream.suspend(() => Stream.fromIterable(batches(), { chunkSize: 1 }))
).pipe(
  judgeByRule({ annotators: ["length"], of: (_, { text }) => -Math.abs(text.length - 400) / 100 }),
  verify({ checks: [Check.length({ min: 10, max: 200, unit: "words" })] }),
  aggregate({ by: "mean" }),
  pair({ rules: [bestWorst()] }),
  order({ by: Difficulty.closeMargin }),
  split({ test: 0.1 })
)

let nOut = 0
const startedAt = performance.now()
await Effect.runPromise(
  Stream.runForEach(pipeline.batches, (batch) =>
    Effect.sync(() => {
      nOut += batch.rows.length
    })
  ).pipe(Effect.provide(Run.layer({ folder })), Effect.scoped)
)
const seconds = (performance.now() - startedAt) / 1000
fs.rmSync(folder, { recursive: true, force: true })
const { maxRSS } = process.resourceUsage()
process.stdout.write(`${JSON.stringify({ seconds, nOut, peakMb: maxRSS / 1024 })}\n`)
