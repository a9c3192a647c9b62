import type { Column } from "../Columns.ts"
import type { Manifest } from "../Manifest.ts"
import type { WrittenFile } from "../Sink.ts"
import type { CardConfig, CardFacts } from "./Card.ts"
import { cardTags } from "./cardTags.ts"
import { croissantContext } from "./croissantContext.ts"
import { croissantField, type FieldPlace, type JsonObject } from "./croissantField.ts"
import { meaningIn } from "./meaningIn.ts"
import { sealCroissant } from "./sealCroissant.ts"
import { sentence } from "./sentence.ts"
import { unreadFiles } from "./unreadFiles.ts"

/**
 * Writes what a data set holds as Croissant 1.0, `croissant.json`: every file with its SHA-256, and for each table its splits and columns.
 *
 * Paths are relative to the file itself. A table's file set is in no container: readers take its patterns from the folder of the
 * description. What nobody stated (creator, dates, URL, version) is left out. Files that `mlcroissant` does not read, see `unreadFiles`, are
 * described all the same. The identifier is the seal by which `isOwnCroissant` knows the text. Equal arguments give equal text.
 *
 * Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
 */
export const renderCroissant = (manifest: Manifest, facts: CardFacts): string => {
  const { configs, language = [], licence, prettyName } = facts
  const names = new Set(configs.map(({ name }) => name))
  const document = {
    "@context": croissantContext,
    "@type": "sc:Dataset",
    conformsTo: "http://mlcommons.org/croissant/1.0",
    name: prettyName,
    description: descriptionOf(manifest),
    ...(licence === undefined
      ? {}
      : { license: typeof licence === "object" && "link" in licence ? licence.link : licence }),
    ...(language.length === 0 ? {} : { inLanguage: language }),
    keywords: cardTags(manifest, configs),
    distribution: configs.flatMap((config) => distributionOf(manifest, config)),
    recordSet: configs.flatMap((config) => recordSetsOf(config, unused(`${config.name}_splits`, names)))
  }
  return sealCroissant(document)
}

const descriptionOf = ({ conversion, notice, pipeline, prefloom, simulated }: Manifest): string =>
  (conversion === undefined
    ? `Preference data made by the pipeline ${pipeline} of Prefloom ${prefloom}.`
    : `Preference data converted by Prefloom ${prefloom}. Read as ${sentence(conversion.said)}`) +
  (simulated ? ` SIMULATED DATA. ${notice ?? ""}`.trimEnd() : notice === null ? "" : ` ${notice}`)

/** The name, with underscores behind it until nothing else has it. */
const unused = (name: string, taken: ReadonlySet<string>): string =>
  taken.has(name) ? unused(`${name}_`, taken) : name

const fileSetOf = ({ name }: CardConfig): string => `files-of-${name}`

const filesOf = ({ files }: Manifest, { splits }: CardConfig): ReadonlyArray<WrittenFile> =>
  splits.flatMap(({ pathGlob }) => files.filter(({ path }) => path.startsWith(pathGlob.replace(/\*.*$/, ""))))

const distributionOf = (manifest: Manifest, config: CardConfig): ReadonlyArray<JsonObject> => {
  const files = filesOf(manifest, config)
  const formats = new Set(files.map(({ path }) => encodingOf(path)))
  const unread = unreadFiles(files)
  return [
    ...files.map(({ bytes, path, sha256 }) => ({
      "@type": "cr:FileObject",
      "@id": path,
      name: path.slice(path.lastIndexOf("/") + 1),
      contentUrl: path,
      contentSize: `${bytes} B`,
      encodingFormat: encodingOf(path),
      sha256
    })),
    {
      "@type": "cr:FileSet",
      "@id": fileSetOf(config),
      name: fileSetOf(config),
      description: [`The files of table ${config.name}.`, ...(unread === null ? [] : [unread])].join(" "),
      encodingFormat: [...formats][0] ?? "application/x-parquet",
      includes: config.splits.map(({ pathGlob }) => pathGlob)
    }
  ]
}

const encodingOf = (path: string): string => {
  if (path.endsWith(".parquet")) return "application/x-parquet"
  if (path.endsWith(".zst")) return "application/zstd"
  return path.endsWith(".arrow") ? "application/vnd.apache.arrow.file" : "application/jsonlines"
}

const recordSetsOf = (config: CardConfig, splits: string): ReadonlyArray<JsonObject> => {
  const key = `${splits}/split_name`
  const place: FieldPlace = { recordSet: config.name, fileSet: fileSetOf(config) }
  return [
    {
      "@type": "cr:RecordSet",
      "@id": splits,
      name: splits,
      description: `The splits of table ${config.name}.`,
      dataType: "cr:Split",
      key: { "@id": key },
      field: [{ "@type": "cr:Field", "@id": key, name: "split_name", dataType: "sc:Text" }],
      data: config.splits.map(({ name }) => ({ [key]: name }))
    },
    {
      "@type": "cr:RecordSet",
      "@id": config.name,
      name: config.name,
      field: [splitField(config, place, key), ...config.features.map((column) => fieldOf(column, config, place))]
    }
  ]
}

const fieldOf = (column: Column, config: CardConfig, place: FieldPlace): JsonObject =>
  croissantField(column, place, meaningIn(config, column.name) || `Column ${JSON.stringify(column.name)}.`)

/** The split a row is in, from the path of its file; a column "split" may be there as well. */
const splitField = (config: CardConfig, { fileSet, recordSet }: FieldPlace, key: string): JsonObject => {
  const name = unused("split", new Set(config.features.map((column) => column.name)))
  const paths = config.splits.map(({ name: split, pathGlob }) => {
    const folder = pathGlob.slice(0, pathGlob.lastIndexOf("/") + 1)
    return { folder, split, rest: pathGlob.slice(folder.length + split.length) }
  })
  const folder = escaped(paths[0]?.folder ?? "")
  const endings = new Set(
    paths.map(({ rest }) => (rest.startsWith(".") ? `${escaped(rest)}$` : String.raw`-\d+-of-\d+`))
  )
  const ending = endings.size === 1 ? [...endings][0]! : `(?:${[...endings].join("|")})`
  return {
    "@type": "cr:Field",
    "@id": `${recordSet}/${name}`,
    name,
    description: "The split whose file holds the row.",
    dataType: "sc:Text",
    references: { field: { "@id": key } },
    source: {
      fileSet: { "@id": fileSet },
      extract: { fileProperty: "fullpath" },
      transform: { regex: `${folder}(${paths.map(({ split }) => escaped(split)).join("|")})${ending}` }
    }
  }
}

const escaped = (text: string): string => text.replaceAll(/[.+*?^$()[\]{}|\\]/g, String.raw`\$&`)
