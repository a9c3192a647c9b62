import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { becomesText, columnTypeOf, type FileType } from "./FileType.ts"
import type { Inspection } from "./Inspection.ts"
import { openParquet } from "./ParquetFile.ts"
import { parquetReader, parquetType, parquetTypeName } from "./ParquetTypes.ts"
import { setOwn } from "./setOwn.ts"
import { showMetadata, showValue } from "./showValue.ts"
import type { SourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"

/** Looks into a Parquet file. Columns of a type that no reader knows are left out of the sample. */
export const inspectParquet = (
  file: SourceFile,
  nSample: number
): Effect.Effect<Inspection, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { metadata, schema, starts, readColumn } = yield* openParquet(file)
    const columns = schema.children.map((node) => {
      const fileType = parquetType(node)
      return { name: node.element.name, type: parquetTypeName(node), columnType: columnTypeOf(fileType), fileType }
    })
    const nShown = Math.min(nSample, starts[1] ?? 0)
    const sample = Array.from({ length: nShown }, (): Record<string, unknown> => ({}))
    for (const { name, fileType } of nShown === 0 ? [] : columns) {
      const values = yield* known(fileType)
        ? readColumn(0, name, nShown)
        : Effect.orElseSucceed(readColumn(0, name, nShown), () => [])
      const read = parquetReader(fileType)
      for (const [i, row] of sample.entries()) if (i < values.length) setOwn(row, name, showValue(read(values[i])))
    }
    return {
      format: "parquet",
      compression: null,
      file: file.name,
      bytes: file.bytes,
      columns: columns.map(({ name, type, columnType, fileType }) => ({
        name,
        type,
        columnType,
        ...(columnType !== null && becomesText(fileType) ? { becomesText: true } : {})
      })),
      inferredFrom: null,
      nRows: starts.at(-1)!,
      rowGroups: metadata.row_groups.length,
      metadata: showMetadata((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""])),
      sample
    }
  })

const known = (type: FileType): boolean => columnTypeOf(type) !== null
