import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Candidates } from "../../schemas/Candidate.ts"
import { Prompt } from "../../schemas/Prompt.ts"
import { unjudged } from "../../src/stages/unjudged.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const fields = { ...Prompt, ...Candidates }
const bare = someGroups(4).map(({ candidates, domain, id, prompt, reference }) => ({
  id,
  domain,
  prompt,
  reference,
  candidates
}))

stageContract("unjudged", { fields, rows: bare, stage: unjudged() })

describe("unjudged", () => {
  it.effect("unjudged gives no judgment where there was no column, and leaves those that are there", () =>
    Effect.gen(function* () {
      const without = yield* collect(pipelineOf(bare, fields).pipe(unjudged()))
      assert.deepStrictEqual(
        without.rows,
        bare.map((row) => ({ ...row, judgments: [] }))
      )
      const judged = someGroups(4)
      const kept = yield* collect(pipelineOf(judged, groupFields).pipe(unjudged()))
      assert.isAbove(judged[0]!.judgments.length, 0)
      assert.deepStrictEqual(kept.rows, judged)
    })
  )
})
