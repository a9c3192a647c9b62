import * as path from "node:path"
import * as Yaml from "effect/encoding/Yaml"
import * as Result from "effect/Result"
import { canonicalJson } from "../canonicalJson.ts"
import type { CardFacts } from "../report/renderCard.ts"
import { textIfThere } from "../textIfThere.ts"
import { frontMatter } from "./frontMatter.ts"
import { madeOf } from "./madeOf.ts"
import { readManifest } from "./readManifest.ts"

/** What the folders of some files say of them, in their cards and manifests. Nothing is made up for what they do not say. */
export interface SourceFacts extends Pick<CardFacts, "licence" | "language"> {
  /** The title of the only card there is; absent where there are several or none. */
  readonly prettyName?: string
  /** Whether one of them is simulated. */
  readonly simulated: boolean
  /** What the first simulated one says of that; null where it says nothing. */
  readonly notice: string | null
  /** Whether models wrote texts of one of them. */
  readonly synthetic: boolean
  /** The file beside the cards that their licence links to; absent where it links elsewhere. */
  readonly licenceFile?: { readonly name: string; readonly text: string }
  /** What their cards state of licence and language, a sentence each. */
  readonly terms: ReadonlyArray<string>
  /** What they are: simulated, written by models, made by Prefloom and of what; and what could not be read. A sentence each. */
  readonly origin: ReadonlyArray<string>
}

/**
 * Reads what the data sets say of themselves that files belong to: the licence and the language of their cards, and whether they are
 * simulated or made by models.
 *
 * A file belongs to the data set in its own folder, or to that one folder up where its folder is called `data` or the manifest there lists it.
 * A data set is what has a manifest of Prefloom or a `README.md` with front matter. How it was made is said where its manifest lists one of the files; what
 * was converted before says what it was made of then, too. Licence and language are taken where all data sets state the same one, with the same text where that is a file of theirs. What cannot be read says nothing, and is said.
 */
export const sourceFacts = (files: ReadonlyArray<string>): SourceFacts => {
  const all = new Set(files.map((file) => path.resolve(file)))
  const folders = Map.groupBy(all, (file) => path.dirname(file))
  const names = new Set([...folders].map(([folder, [file]]) => homeOf(folder, file!)))
  const homes = [...names].map((folder) => readHome(folder, all))
  const { licence, licenceFile } = agreed(homes.map(termsOf)) ?? {}
  const language = agreed(homes.map((home) => home.language))
  const simulated = homes.find((home) => home.simulated)
  const prettyName = homes.length === 1 ? homes[0]!.prettyName : undefined
  const cards =
    homes.length === 1
      ? `the card of ${quoted(homes[0]!)} states`
      : `the cards of ${homes.map(quoted).join(", ")} state`
  const unsettled = licence === undefined && homes.some((home) => home.licence !== undefined)
  return {
    ...(prettyName === undefined ? {} : { prettyName }),
    ...(licence === undefined ? {} : { licence }),
    ...(language === undefined ? {} : { language }),
    ...(licenceFile === undefined ? {} : { licenceFile }),
    simulated: simulated !== undefined,
    notice: simulated?.notice ?? null,
    synthetic: homes.some((home) => home.synthetic),
    terms: [
      ...(licence === undefined ? [] : [`The licence is ${licenceName(licence)}, as ${cards}`]),
      ...(unsettled ? [`The sources do not state one licence: ${homes.map(stated).join(", ")}`] : []),
      ...(language === undefined ? [] : [`The language is ${language.join(", ")}, as ${cards}`])
    ],
    origin: [
      ...homes.filter((home) => home.simulated).map((home) => `${quoted(home)} is simulated: not for training a model`),
      ...homes.filter((home) => home.synthetic).map((home) => `Models wrote texts of ${quoted(home)}`),
      ...new Set(homes.flatMap((home) => home.history)),
      ...homes.flatMap((home) => home.unread.map((what) => `${what} of ${quoted(home)} was not used`))
    ]
  }
}

/** What one folder says. */
interface Home extends Pick<
  SourceFacts,
  "licence" | "licenceFile" | "language" | "prettyName" | "notice" | "simulated" | "synthetic"
> {
  readonly name: string
  /** How Prefloom made it, and of what; nothing for what is not of Prefloom. */
  readonly history: ReadonlyArray<string>
  readonly unread: ReadonlyArray<string>
}

/** The licence with its text where that is a file; undefined where there is none. */
const termsOf = ({ licence, licenceFile }: Home): Pick<Home, "licence" | "licenceFile"> | undefined =>
  licence === undefined ? undefined : { licence, ...(licenceFile === undefined ? {} : { licenceFile }) }

const quoted = ({ name }: Home): string => JSON.stringify(name)

const stated = (home: Home): string =>
  `${quoted(home)} ${home.licence === undefined ? "none" : licenceName(home.licence)}`

const licenceName = (licence: NonNullable<CardFacts["licence"]>): string =>
  typeof licence === "string" ? licence : "name" in licence ? licence.name : licence.join(", ")

const agreed = <A>(values: ReadonlyArray<A | undefined>): A | undefined =>
  values.every((value) => value !== undefined && canonicalJson(value) === canonicalJson(values[0]))
    ? values[0]
    : undefined

const homeOf = (folder: string, file: string): string => {
  if (isDataSet(folder)) return folder
  const above = path.dirname(folder)
  const inside = `${path.basename(folder)}/${path.basename(file)}`
  return (path.basename(folder) === "data" && isDataSet(above)) || listedIn(above).includes(inside) ? above : folder
}

const isDataSet = (folder: string): boolean => frontMatter(folder, wanted) !== undefined || listedIn(folder).length > 0

const listedIn = (folder: string): ReadonlyArray<string> => Result.getOrNull(readManifest(folder))?.listed ?? []

type Unknown = Readonly<Record<string, unknown>>

/** What was parsed where it is an object, else null. */
const objectOf = (parse: () => unknown): Unknown | null => {
  const value = Result.getOrUndefined(Result.try(parse))
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Unknown) : null
}

const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined

/** One text, or several in a list; undefined where there is none. */
const textsIn = (value: unknown): ReadonlyArray<string> | undefined => {
  const texts = (Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]).flatMap((one) => textIn(one) ?? [])
  return texts.length === 0 ? undefined : texts
}

const wanted = /^(?:license|license_name|license_link|language|pretty_name|tags)[ \t]*:/

const readHome = (folder: string, files: ReadonlySet<string>): Home => {
  const front = frontMatter(folder, wanted)
  const card = front === undefined || front === "" ? {} : objectOf(() => Yaml.parse(front))
  const read = readManifest(folder)
  const { listed = [], manifest: of = {} } = Result.getOrNull(read) ?? {}
  const tags = textsIn(card?.["tags"]) ?? []
  const licence = licenceOf(card ?? {})
  const file = licenceFileOf(folder, licence)
  const language = textsIn(card?.["language"])
  const prettyName = textIn(card?.["pretty_name"])
  const name = path.basename(folder)
  const isOfManifest = listed.some((one) => files.has(path.resolve(folder, one)))
  const history = isOfManifest ? Result.getOrNull(Result.try(() => madeOf(name, of))) : []
  return {
    name,
    ...(licence === undefined ? {} : { licence }),
    ...(typeof file === "object" ? { licenceFile: file } : {}),
    ...(language === undefined ? {} : { language }),
    ...(prettyName === undefined ? {} : { prettyName }),
    simulated: of.simulated === true || tags.includes("simulated"),
    notice: textIn(of.notice) ?? null,
    synthetic: (of.provider ?? null) !== null || of.conversion?.synthetic === true || tags.includes("synthetic"),
    history: history ?? [],
    unread: [
      ...(card === null ? ["What cannot be read as YAML in the card"] : []),
      ...(Result.isFailure(read) && !read.failure.isJson ? ["A manifest that is no JSON object"] : []),
      ...(history === null ? ["A manifest with other values than Prefloom writes"] : []),
      ...(licence === undefined && card?.["license"] !== undefined
        ? ["A licence that is no identifier of the hub, in the card"]
        : []),
      ...(typeof file === "string" ? [`A licence file that cannot be read, ${JSON.stringify(file)},`] : [])
    ]
  }
}

const identifier = /^[a-z0-9][a-z0-9.+-]*$/

/** A licence as the hub writes it: identifiers, or "other" with a name and where to read it. */
const licenceOf = (card: Unknown): CardFacts["licence"] => {
  const ids = textsIn(card["license"])
  if (ids === undefined || !ids.every((id) => identifier.test(id))) return undefined
  const name = textIn(card["license_name"])
  const link = textIn(card["license_link"])
  if (ids.length === 1 && ids[0] === "other" && name !== undefined && link !== undefined) return { name, link }
  return ids.length === 1 ? ids[0]! : ids
}

/** A name in the folder of a card, and none that a conversion gives to a file of its own. */
const besideCard = /^(?:\.\/)?(?!readme\.md$)([\w-][\w .-]*)(?<!\.(?:parquet|arrow|jsonl?|csv|gz|zst))$/i

/** The file beside a card that a licence links to; its name where it cannot be read, undefined where it links elsewhere. */
const licenceFileOf = (folder: string, licence: CardFacts["licence"]): Home["licenceFile"] | string => {
  if (typeof licence !== "object" || !("link" in licence)) return undefined
  const [, name] = besideCard.exec(licence.link) ?? []
  if (name === undefined) return undefined
  const text = textIfThere(path.join(folder, name))
  return text === null || text === "" ? name : { name, text }
}
