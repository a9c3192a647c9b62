import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "../../src/stages/join.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const offlineFields = { id: Schema.String, promptId: Schema.String, chosen: Schema.String }
const onlineFields = { id: Schema.String, promptId: Schema.String, chosen: Schema.String, score: Schema.Finite }
const offline = ["p", "q", "p", "r"].map((promptId, i) => ({ id: `off ${i}`, promptId, chosen: `old ${promptId}` }))
const online = ["q", "p", "s", "q"].map((promptId, i) => ({
  id: `on ${i}`,
  promptId,
  chosen: `new ${promptId} ${i}`,
  score: i
}))
const onlineRows = () => pipelineOf(online, onlineFields, 2)
const take = { onlineChosen: "chosen", onlineScore: "score" } as const

stageContract("join", {
  fields: offlineFields,
  rows: offline,
  stage: (input) => input.pipe(join(pipelineOf([], onlineFields), { on: "promptId", take, unmatched: "keep" }))
})

describe("join", () => {
  it.effect(
    "join takes named columns of the row with the same key, and notes what finds no partner on either side",
    () =>
      Effect.gen(function* () {
        const { rejects, rows } = yield* collect(
          pipelineOf(offline, offlineFields, 3).pipe(join(onlineRows(), { on: "promptId", take }))
        )
        assert.deepStrictEqual(rows, [
          { ...offline[0]!, onlineChosen: "new p 1", onlineScore: 1 },
          { ...offline[1]!, onlineChosen: "new q 0", onlineScore: 0 },
          { ...offline[2]!, onlineChosen: "new p 1", onlineScore: 1 }
        ])
        assert.deepStrictEqual(
          rejects.map(({ detail, id, reason }) => [id, reason, detail]),
          [
            ["on 3", "key comes again in the other pipeline", 'promptId is "q"'],
            ["off 3", "no row with this key", 'promptId is "r"'],
            ["on 2", "nobody asks for this key", 'promptId is "s"']
          ]
        )
      })
  )

  it.effect("join keeps rows without a partner where it is told to, with null in what is taken", () =>
    Effect.gen(function* () {
      const joined = pipelineOf(offline, offlineFields).pipe(
        join(onlineRows(), { on: "promptId", take: { better: "chosen" }, unmatched: "keep" })
      )
      const { rows } = yield* collect(joined)
      const better: ReadonlyArray<string | null> = rows.map((row) => row.better)
      assert.deepStrictEqual(better, ["new p 1", "new q 0", "new p 1", null])
    })
  )

  it("join does not compile, and is not built, on a column that is missing", () => {
    assert.throws(
      // @ts-expect-error the other pipeline has no such column
      () => pipelineOf(offline, offlineFields).pipe(join(onlineRows(), { on: "promptId", take: { x: "missing" } })),
      /column "missing" is missing in the other pipeline/
    )
    assert.throws(
      // @ts-expect-error the rows in front have no such column
      () => pipelineOf([{ id: "a" }], { id: Schema.String }).pipe(join(onlineRows(), { on: "promptId", take })),
      /column "promptId" is missing in front of it/
    )
  })
})
