import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FormatFlaw, isRefusal, type Look, type MessageUses, type Reader, type Refusal } from "../formats/Format.ts"
import { messageUses } from "../formats/messageUses.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { formatRows } from "./formatRows.ts"

/** What the messages of all rows use, by one reading of them; nothing where there is no reader of the rows. */
export const usesOf = (inspections: ReadonlyArray<Inspection>, look: Look, make: (look: Look) => Reader | Refusal) =>
  Effect.gen(function* () {
    const all = { tools: false, names: false }
    const reader = make({ ...look, misfit: () => null })
    if (isRefusal(reader)) return all
    yield* Stream.runForEach(formatRows(inspections, look.columns, reader.holding), ({ rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          const record = row instanceof RowFlaw ? row : reader.read(row)
          if (record instanceof RowFlaw || record instanceof FormatFlaw) continue
          const { names, tools }: MessageUses = messageUses(record)
          all.tools ||= tools
          all.names ||= names
        }
      })
    )
    return all
  })
