import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { arrowFailure, loadArrow, openArrow } from "./ArrowFile.ts"
import { arrowName, arrowReader, arrowType } from "./ArrowTypes.ts"
import { becomesText, columnTypeOf } from "./FileType.ts"
import type { Inspection } from "./Inspection.ts"
import { showMetadata, showValue } from "./showValue.ts"
import type { SourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"

/** Looks into an Arrow file or stream. */
export const inspectArrow = (file: SourceFile, nSample: number): Effect.Effect<Inspection, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const arrow = yield* loadArrow
    const { kind, schema, nBatches, nRows, next } = yield* openArrow(file)
    const columns = schema.fields.map((field) => {
      const fileType = arrowType(field, arrow)
      const columnType = columnTypeOf(fileType)
      return {
        name: arrowName(field),
        type: String(field.type),
        columnType,
        ...(columnType !== null && becomesText(fileType) ? ({ becomesText: true } as const) : {})
      }
    })
    const batch = yield* next
    const sample = yield* Effect.try({
      try: () => {
        const readers = columns.map(({ name, columnType }, i) => {
          const data = batch?.data.children[i]
          if (data === undefined) return { name, read: () => null }
          const values = new arrow.Vector([data])
          return {
            name,
            read:
              columnType === null
                ? (index: number) => values.get(index)
                : arrowReader(data, batch?.numRows ?? 0, columnType, arrow)
          }
        })
        return Array.from({ length: Math.min(nSample, batch?.numRows ?? 0) }, (_, index) =>
          Object.fromEntries(readers.map(({ name, read }) => [name, showValue(read(index))]))
        )
      },
      catch: (cause) => arrowFailure(file, cause, "record batch 1")
    })
    return {
      format: kind,
      compression: null,
      file: file.name,
      bytes: file.bytes,
      columns,
      inferredFrom: null,
      nRows,
      rowGroups: nBatches,
      metadata: showMetadata(schema.metadata),
      sample
    }
  })
