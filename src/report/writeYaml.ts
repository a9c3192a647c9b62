/** What `writeYaml` can write: plain JSON without null. */
export type YamlValue = string | number | boolean | ReadonlyArray<YamlValue> | { readonly [key: string]: YamlValue }

/**
 * Writes a value as YAML in block style, keys in their order, ending in a line break.
 *
 * Texts are in double quotes unless they are plain words that no version of YAML reads as anything else; so every reader gets
 * back what was written. Numbers have to be finite. Empty lists and objects are written `[]` and `{}`.
 */
export const writeYaml = (value: { readonly [key: string]: YamlValue }): string => `${block(value, "").join("\n")}\n`

const block = (value: YamlValue, indent: string): ReadonlyArray<string> => {
  if (isList(value)) {
    return value.flatMap((item) => {
      if (isScalar(item) || isEmpty(item)) return [`${indent}- ${inline(item)}`]
      const lines = block(item, `${indent}  `)
      // The first line of the item moves up behind its dash; a list in a list keeps its own dash there.
      return [`${indent}- ${lines[0]!.slice(indent.length + 2)}`, ...lines.slice(1)]
    })
  }
  if (isScalar(value)) return [`${indent}${inline(value)}`]
  return Object.entries(value).flatMap(([key, item]) =>
    isScalar(item) || isEmpty(item)
      ? [`${indent}${scalar(key)}: ${inline(item)}`]
      : [`${indent}${scalar(key)}:`].concat(block(item, `${indent}  `))
  )
}

const isList = (value: YamlValue): value is ReadonlyArray<YamlValue> => Array.isArray(value)

const isScalar = (value: YamlValue): value is string | number | boolean => typeof value !== "object"

const isEmpty = (value: YamlValue): boolean => typeof value === "object" && Object.keys(value).length === 0

const inline = (value: YamlValue): string => (isScalar(value) ? scalar(value) : isList(value) ? "[]" : "{}")

const scalar = (value: string | number | boolean): string => {
  if (typeof value !== "string") return String(value)
  return plainWord.test(value) && !special.test(value) ? value : quoted(value)
}

/** Words of letters, digits and safe signs; a digit first could start a number, a date or a sexagesimal. */
const plainWord = /^[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*$/

/** What YAML 1.1 or 1.2 reads as a boolean or as null. */
const special = /^(?:y|n|yes|no|on|off|true|false|null|none|nan|inf)$/i

/** JSON escapes are YAML escapes; what YAML does not allow to stand as it is gets one as well. */
const quoted = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
