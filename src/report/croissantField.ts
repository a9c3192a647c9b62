import type { Column, ColumnType } from "../Columns.ts"

/** What JSON calls an object. */
export interface JsonObject {
  readonly [key: string]: unknown
}

/** The ids a field refers to. */
export interface FieldPlace {
  readonly recordSet: string
  readonly fileSet: string
}

/**
 * Describes a column as a Croissant field.
 *
 * A list is a repeated field, a struct has fields below it, each with the way into the value. Croissant 1.0 knows no list in a
 * list; such a column is a repeated field of the innermost type. Ids are percent-encoded, names are not.
 */
export const croissantField = (column: Column, place: FieldPlace, description: string): JsonObject =>
  fieldOf(column, `${place.recordSet}/${encodeURIComponent(column.name)}`, description, {
    fileSet: { "@id": place.fileSet },
    extract: { column: column.name }
  })

const fieldOf = ({ name, type }: Column, id: string, description: string, source: JsonObject): JsonObject => {
  const { isList, value } = unlisted(type)
  const field = { "@type": "cr:Field", "@id": id, name, description }
  const repeated = isList ? { repeated: true } : {}
  if (value.kind !== "struct") return { ...field, dataType: dataTypes[value.kind], ...repeated, source }
  return {
    ...field,
    ...repeated,
    subField: value.fields.map((inner) =>
      fieldOf(inner, `${id}/${encodeURIComponent(inner.name)}`, description, {
        ...source,
        transform: [...((source["transform"] as ReadonlyArray<JsonObject> | undefined) ?? []), stepInto(inner.name)]
      })
    )
  }
}

const unlisted = (
  type: ColumnType
): { readonly isList: boolean; readonly value: Exclude<ColumnType, { kind: "list" }> } =>
  type.kind === "list" ? { isList: true, value: unlisted(type.element).value } : { isList: false, value: type }

const dataTypes = { string: "sc:Text", boolean: "sc:Boolean", int: "sc:Integer", float: "sc:Float" } as const

/** A step of a JSONPath; a name that is no plain word stands in brackets and quotes. */
const stepInto = (name: string): JsonObject => ({
  jsonPath: /^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replaceAll(/[\\']/g, String.raw`\$&`)}']`
})
