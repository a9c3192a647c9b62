import type { Column, ColumnType } from "../Columns.ts"
import type { Manifest } from "../Manifest.ts"
import type { CardConfig, CardFacts } from "./Card.ts"
import { cardTags } from "./cardTags.ts"
import { writeYaml, type YamlValue } from "./writeYaml.ts"

/**
 * Writes what stands between the two lines of dashes of a card, as YAML that ends in a line break.
 *
 * Splits without rows, and tables without such as have some, are not in it: `datasets` fails at an empty file, and with it at all others
 * that are loaded together. `bytes` of a split stands for its size both as a download and in memory, which loaders do not compare.
 */
export const cardFrontMatter = (
  manifest: Manifest,
  { configs, language = [], licence, prettyName }: CardFacts
): string => {
  const loaded = configs.flatMap((config) => {
    const splits = config.splits.filter(({ rows }) => rows > 0)
    return splits.length === 0 ? [] : [{ ...config, splits }]
  })
  return writeYaml({
    pretty_name: prettyName,
    ...(language.length === 0 ? {} : { language }),
    ...licenceOf(licence),
    size_categories: [sizeCategory(configs)],
    task_categories: ["text-generation", "reinforcement-learning"],
    tags: cardTags(manifest, configs),
    configs: loaded.map((config) => ({
      config_name: config.name,
      ...(config.default ? { default: true } : {}),
      data_files: config.splits.map((split) => ({ split: checkedName(split.name), path: split.pathGlob }))
    })),
    dataset_info: loaded.map(infoOf)
  })
}

/** A licence that the hub has no identifier for is "other", with its name and where to read it. */
const licenceOf = (licence: CardFacts["licence"]): { readonly [key: string]: YamlValue } => {
  if (licence === undefined) return {}
  if (typeof licence === "string" || !("name" in licence)) return { license: licence }
  return { license: "other", license_name: licence.name, license_link: licence.link }
}

const infoOf = (config: CardConfig): YamlValue => {
  const nBytes = config.splits.reduce((sum, split) => sum + split.bytes, 0)
  return {
    config_name: config.name,
    ...(config.isLoose === true ? {} : { features: config.features.map(featureOf) }),
    splits: config.splits.map((split) => ({ name: split.name, num_bytes: split.bytes, num_examples: split.rows })),
    download_size: nBytes,
    dataset_size: nBytes
  }
}

const checkedName = (name: string): string => {
  if (!/^\w+(?:\.\w+)*$/.test(name)) {
    throw new RangeError(
      `Cannot write a data set card: found split "${name}", expected letters, digits and underscores with single points between`
    )
  }
  return name
}

const featureOf = (column: Column): YamlValue => ({ name: column.name, ...typeOf(column.type) })

const typeOf = (type: ColumnType): { readonly [key: string]: YamlValue } => {
  if (type.kind === "list") return { list: elementOf(type.element) }
  if (type.kind === "struct") return { struct: type.fields.map(featureOf) }
  return { dtype: dtypes[type.kind] }
}

const dtypes = { string: "string", boolean: "bool", int: "int64", float: "float64" } as const

/** A list of scalars names their type, a list of structs lists their fields. */
const elementOf = (type: ColumnType): YamlValue => {
  const element = typeOf(type)
  return element["dtype"] ?? element["struct"] ?? element
}

const sizeCategory = (configs: ReadonlyArray<CardConfig>): string => {
  const nRows = configs.flatMap((config) => config.splits).reduce((sum, split) => sum + split.rows, 0)
  const units = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
  const above = units.findLastIndex((_, i) => nRows >= 1000 * 10 ** i)
  if (above < 0) return "n<1K"
  return above === units.length - 1 ? "n>1T" : `${units[above]!}<n<${units[above + 1]!}`
}
