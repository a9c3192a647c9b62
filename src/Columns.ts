import type * as Arrow from "apache-arrow"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"

/**
 * The physical type of one column: what Arrow, Parquet and JSON all have to agree on.
 *
 * `string` is well-formed Unicode; `values` lists the allowed ones of a literal column. `int` is a whole number that a
 * JavaScript number holds exactly, stored with 64 bits. `float` is a 64-bit float; NaN and infinities are values unless
 * `finite`. A nullable column holds `null` for "missing"; nothing else means missing.
 */
export type ColumnType =
  | { readonly kind: "string"; readonly nullable: boolean; readonly values?: ReadonlyArray<string> }
  | { readonly kind: "boolean"; readonly nullable: boolean }
  | { readonly kind: "int"; readonly nullable: boolean }
  | { readonly kind: "float"; readonly nullable: boolean; readonly finite: boolean }
  | { readonly kind: "list"; readonly nullable: boolean; readonly element: ColumnType }
  | { readonly kind: "struct"; readonly nullable: boolean; readonly fields: ReadonlyArray<Column> }

/** A named column. `accepts` is set when the schema has checks beyond its physical type (a range, a pattern). */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly accepts?: (value: unknown) => boolean
}

/** Thrown (as a defect, when a pipeline is built) for a schema that has no column form. */
export class ColumnTypeError extends Error {
  override readonly name = "ColumnTypeError"
}

/**
 * Turns Schema fields into columns, in field order.
 *
 * Strings, literals of strings, booleans, numbers, integers, arrays and structs have a column form, and `Schema.NullOr` of
 * them. Throws `ColumnTypeError` for anything else (optional keys, records, unions, transformations), naming the column.
 */
export const fromFields = (fields: Schema.Struct.Fields): ReadonlyArray<Column> =>
  Object.keys(fields).map((name) => columnOf(name, fields[name] as unknown as Schema.Schema<unknown>))

const columnOf = (name: string, schema: Schema.Schema<unknown>): Column => {
  const type = typeOf(schema.ast, name, false)
  if (!hasExtraChecks(schema.ast)) return { name, type }
  const accepts = Schema.is(schema) as (value: unknown) => boolean
  return { name, type, accepts: (value) => accepts(value) || accepts(completed(type, value)) }
}

/** A value with null in place of absent keys, as a schema wants it. */
const completed = (type: ColumnType, value: unknown): unknown => {
  if (value === undefined || value === null) return null
  if (type.kind === "list") return (value as ReadonlyArray<unknown>).map((item) => completed(type.element, item))
  if (type.kind !== "struct") return value
  return Object.fromEntries(type.fields.map(({ name, type: of }) => [name, completed(of, ownValue(value, name))]))
}

/**
 * What an object has of itself under a name, `undefined` where it has nothing.
 *
 * Every object inherits something under "constructor", `__proto__` and a few other names, which is no value of a row.
 */
export const ownValue = (object: object, name: string): unknown => {
  const value = (object as Readonly<Record<string, unknown>>)[name]
  // All that is inherited but the prototype is a function, which no column holds.
  const mayBeInherited = typeof value === "function" || name === "__proto__"
  return mayBeInherited && !Object.hasOwn(object, name) ? undefined : value
}

const refuse = (path: string, found: string): never => {
  throw new ColumnTypeError(
    `Cannot make a column of "${path}": found ${found}, expected a string, literal, boolean, number, integer, array or struct, or Schema.NullOr of one`
  )
}

/** The checks of a schema by id, those inside a group (`isInt32`) one by one; undefined for a check without an id. */
const checkIds = (checks: SchemaAST.Checks | undefined): ReadonlyArray<string | undefined> =>
  (checks ?? []).flatMap((check) =>
    check._tag === "FilterGroup" ? checkIds(check.checks) : [check.annotations?.representation?.id]
  )

const typeOf = (ast: SchemaAST.AST, path: string, nullable: boolean): ColumnType => {
  if (ast.context?.isOptional === true)
    return refuse(path, "an optional key (use Schema.NullOr: a column exists in every row)")
  if (ast.encoding !== undefined) return refuse(path, "a transformation")
  switch (ast._tag) {
    case "String":
      return { kind: "string", nullable }
    case "Boolean":
      return { kind: "boolean", nullable }
    case "Number": {
      const ids = checkIds(ast.checks)
      if (ids.includes("effect/schema/isInt")) return { kind: "int", nullable }
      return { kind: "float", nullable, finite: ids.includes("effect/schema/isFinite") }
    }
    case "Literal":
      return typeof ast.literal === "string"
        ? { kind: "string", nullable, values: [ast.literal] }
        : refuse(path, `the literal ${String(ast.literal)}`)
    case "Arrays": {
      const element = ast.rest[0]
      if (ast.elements.length > 0 || ast.rest.length !== 1 || element === undefined) return refuse(path, "a tuple")
      return { kind: "list", nullable, element: typeOf(element, `${path}[]`, false) }
    }
    case "Objects":
      if (ast.indexSignatures.length > 0) return refuse(path, "a record")
      return {
        kind: "struct",
        nullable,
        fields: ast.propertySignatures.map((field) => ({
          name: String(field.name),
          type: typeOf(field.type, `${path}.${String(field.name)}`, false)
        }))
      }
    case "Union": {
      const members = ast.types.filter((member) => member._tag !== "Null")
      const withNull = nullable || members.length < ast.types.length
      if (members.length === 1) return typeOf(members[0]!, path, withNull)
      const values = members.map((member) => (member._tag === "Literal" ? member.literal : undefined))
      if (values.length > 0 && values.every((value) => typeof value === "string")) {
        return { kind: "string", nullable: withNull, values }
      }
      return refuse(path, "a union of different types")
    }
    default:
      return refuse(path, `a schema of kind ${ast._tag}`)
  }
}

const physicalChecks = new Set(["effect/schema/isInt", "effect/schema/isFinite"])

const hasExtraChecks = (ast: SchemaAST.AST): boolean => {
  if (checkIds(ast.checks).some((id) => id === undefined || !physicalChecks.has(id))) return true
  if (ast._tag === "Arrays") return ast.rest.some(hasExtraChecks)
  if (ast._tag === "Objects") return ast.propertySignatures.some((field) => hasExtraChecks(field.type))
  return ast._tag === "Union" && ast.types.some(hasExtraChecks)
}

/** Turns columns found in a file back into Schema fields, so that a pipeline can be built on them. */
export const toFields = (columns: ReadonlyArray<Column>): Schema.Struct.Fields =>
  Object.fromEntries(columns.map((column) => [column.name, schemaOf(column.type)]))

const schemaOf = (type: ColumnType): Schema.Top => {
  const schema = schemaOfValue(type)
  return type.nullable ? Schema.NullOr(schema) : schema
}

const schemaOfValue = (type: ColumnType): Schema.Top => {
  switch (type.kind) {
    case "string":
      return type.values === undefined ? Schema.String : Schema.Literals(type.values)
    case "boolean":
      return Schema.Boolean
    case "int":
      return Schema.Int
    case "float":
      return type.finite ? Schema.Finite : Schema.Number
    case "list":
      return Schema.Array(schemaOf(type.element))
    case "struct":
      return Schema.Struct(toFields(type.fields))
  }
}

/** What is wrong with a value: the place inside the row, what was found and what was wanted. */
export interface Mismatch {
  readonly column: string
  readonly found: string
  readonly wanted: string
}

/**
 * Says why a value does not fit its column, or `undefined` when it does.
 *
 * Nothing is coerced: "1" is no number, 1.5 no integer, a lone surrogate no text. A key that is absent counts as `null`.
 * Cost: one visit of each scalar.
 */
export const mismatch = (column: Column, value: unknown): Mismatch | undefined => {
  const found = mismatchOf(column.type, value)
  if (found !== undefined) return within(column.name, found)
  return column.accepts === undefined || column.accepts(value)
    ? undefined
    : { column: column.name, found: describe(value), wanted: "a value that passes the checks of the schema" }
}

/** Puts a place in front of the place of a mismatch; paths are made on the way out, because most values fit. */
const within = (place: string, inner: Mismatch): Mismatch => ({ ...inner, column: place + inner.column })

const mismatchOf = (type: ColumnType, value: unknown): Mismatch | undefined => {
  if (value === null || value === undefined) {
    return type.nullable ? undefined : { column: "", found: value === null ? "null" : "nothing", wanted: wanted(type) }
  }
  switch (type.kind) {
    case "string":
      if (typeof value !== "string") break
      if (!value.isWellFormed()) return { column: "", found: "a lone surrogate", wanted: "well-formed Unicode text" }
      if (type.values !== undefined && !type.values.includes(value)) break
      return undefined
    case "boolean":
      if (typeof value !== "boolean") break
      return undefined
    case "int":
      if (!Number.isSafeInteger(value)) break
      return undefined
    case "float":
      if (typeof value !== "number" || (type.finite && !Number.isFinite(value))) break
      return undefined
    case "list": {
      if (!Array.isArray(value)) break
      for (let i = 0; i < value.length; i++) {
        const inner = mismatchOf(type.element, value[i])
        if (inner !== undefined) return within(`[${i}]`, inner)
      }
      return undefined
    }
    case "struct": {
      if (typeof value !== "object" || Array.isArray(value)) break
      for (const field of type.fields) {
        const inner = mismatchOf(field.type, ownValue(value, field.name))
        if (inner !== undefined) return within(`.${field.name}`, inner)
      }
      return undefined
    }
  }
  return { column: "", found: describe(value), wanted: wanted(type) }
}

const describe = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === "object") return "an object"
  if (typeof value === "string")
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? `the ${typeof value} ${value}`
    : `a ${typeof value}`
}

/** Names a column type the way error messages and `prefloom inspect` print it. */
export const wanted = (type: ColumnType): string => {
  const orNull = type.nullable ? " or null" : ""
  switch (type.kind) {
    case "string":
      return (
        (type.values === undefined
          ? "string"
          : `one of ${type.values.map((value) => JSON.stringify(value)).join(", ")}`) + orNull
      )
    case "float":
      return (type.finite ? "finite number" : "number") + orNull
    case "int":
      return `integer${orNull}`
    case "boolean":
      return `boolean${orNull}`
    case "list":
      return `list of ${wanted(type.element)}${orNull}`
    case "struct":
      return `{${type.fields.map((field) => `${field.name}: ${wanted(field.type)}`).join(", ")}}${orNull}`
  }
}

/**
 * Makes the Arrow schema of columns.
 *
 * The caller passes the loaded `apache-arrow` module, so that commands which touch no Arrow file do not load it. Strings are
 * Utf8, integers Int64, floats Float64; nullability is the column's.
 */
export const toArrow = (columns: ReadonlyArray<Column>, arrow: typeof Arrow): Arrow.Schema => {
  const field = (column: Column): Arrow.Field =>
    new arrow.Field(column.name, dataType(column.type), column.type.nullable)
  const dataType = (type: ColumnType): Arrow.DataType => {
    switch (type.kind) {
      case "string":
        return new arrow.Utf8()
      case "boolean":
        return new arrow.Bool()
      case "int":
        return new arrow.Int64()
      case "float":
        return new arrow.Float64()
      case "list":
        return new arrow.List(field({ name: "element", type: type.element }))
      case "struct":
        return new arrow.Struct(type.fields.map(field))
    }
  }
  return new arrow.Schema(columns.map(field))
}

/** Makes the JSON Schema (draft 2020-12) of one row with these fields. */
export const toJsonSchema = (fields: Schema.Struct.Fields) => {
  const document = Schema.toJsonSchemaDocument(Schema.Struct(fields))
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...document.schema,
    ...(Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions })
  }
}
