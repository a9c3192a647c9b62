import type { SchemaElement } from "hyparquet"
import type { Column, ColumnType } from "../Columns.ts"

/** A column of values in the file: its path, its physical type, and how deep definitions and repetitions go. */
export interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly element: SchemaElement
  readonly kind: "string" | "boolean" | "int" | "float"
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/**
 * The schema of a Parquet file, in the order of the columns.
 *
 * Lists have three levels (`list`, `element`); what may be null is OPTIONAL, all else REQUIRED. Throws for columns that
 * Parquet has no form for: none at all, or a struct without fields.
 */
export const schemaElements = (columns: ReadonlyArray<Column>): Array<SchemaElement> => {
  if (columns.length === 0) throw new Error("Cannot write Parquet: found no columns, expected at least one")
  return [
    { name: "schema", num_children: columns.length },
    ...columns.flatMap(({ name, type }) => elementsOf(name, type))
  ]
}

const elementsOf = (name: string, type: ColumnType): Array<SchemaElement> => {
  const repetition_type = type.nullable ? "OPTIONAL" : "REQUIRED"
  switch (type.kind) {
    case "list":
      return [
        { name, repetition_type, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...elementsOf("element", type.element)
      ]
    case "struct":
      if (type.fields.length === 0) {
        throw new Error(
          `Cannot write Parquet: found the struct "${name}" without fields, expected at least one; leave it out, or write .jsonl`
        )
      }
      return [
        { name, repetition_type, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elementsOf(field.name, field.type))
      ]
    default:
      return [{ ...leafElement(type.kind), name, repetition_type }]
  }
}

/** The part of a value's schema element that does not depend on where it stands. */
export const leafElement = (kind: Leaf["kind"]): Omit<SchemaElement, "name"> => {
  switch (kind) {
    case "string":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }
    case "boolean":
      return { type: "BOOLEAN" }
    case "int":
      return { type: "INT64" }
    case "float":
      return { type: "DOUBLE" }
  }
}

/**
 * The footer value that tells the Hugging Face loader the features of the file.
 *
 * Lists are one-element arrays, which all versions of the loader read; its `Sequence` means something else for structs.
 */
export const huggingFaceFeatures = (columns: ReadonlyArray<Column>): string =>
  JSON.stringify({ info: { features: featuresOf(columns) } })

const featuresOf = (columns: ReadonlyArray<Column>) =>
  Object.fromEntries(columns.map(({ name, type }) => [name, featureOf(type)]))

const dtypes = { string: "string", boolean: "bool", int: "int64", float: "float64" } as const

const featureOf = (type: ColumnType): unknown => {
  switch (type.kind) {
    case "list":
      return [featureOf(type.element)]
    case "struct":
      return featuresOf(type.fields)
    default:
      return { dtype: dtypes[type.kind], _type: "Value" }
  }
}
