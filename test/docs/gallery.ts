/**
 * Writes `pipelines/README.md`, the gallery of recipes, from their head comments and their plans.
 *
 * `npm run gallery`, or with `--stdout` to print the page and write nothing. Asks no model.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { describePlan, type PlanDescription } from "../../src/cli/describePlan.ts"
import { renderMermaid } from "../../src/cli/renderDescription.ts"
import type { Plan } from "../../src/Plan.ts"
import type { Run } from "../../src/Run.ts"

const root = path.resolve(import.meta.dirname, "../..")
const folder = path.join(root, "pipelines")
const fields = ["Paper", "Reproduced", "Outside", "Constants", "Needs"] as const

interface Head {
  readonly system: string
  readonly makes: string
  readonly fields: Readonly<Record<(typeof fields)[number], string>>
}

/** The head comment of a recipe; throws where a part of it is missing, so that no recipe is left out silently. */
const headOf = (file: string): Head => {
  const comment = /^\/\*\*\n([^]*?)\n \*\//.exec(fs.readFileSync(path.join(folder, file), "utf8"))?.[1] ?? ""
  const parts: Array<string> = [""]
  for (const line of comment.split("\n").map((one) => one.replace(/^ \* ?/, "").trim())) {
    if (fields.some((field) => line.startsWith(`${field}:`))) parts.push(line)
    else parts[parts.length - 1] = `${parts.at(-1)!} ${line}`.trim()
  }
  const first = /^(.+?): (.+)$/.exec(parts[0]!)
  const found = fields.map((field) => {
    const part = parts.find((one) => one.startsWith(`${field}:`))
    return [field, part?.slice(field.length + 1).trim() ?? ""] as const
  })
  const missing = [
    ...(first === null ? ["<System>: <what it makes>"] : []),
    ...found.filter(([, text]) => text === "").map(([field]) => field)
  ]
  if (missing.length > 0) {
    throw new Error(
      `Cannot make the gallery: pipelines/${file} has no ${missing.join(", ")} in its head comment, expected <System>: …, then ${fields.join(", ")}`
    )
  }
  return { system: first![1]!, makes: first![2]!, fields: Object.fromEntries(found) as Head["fields"] }
}

/** The first round stands for all where all have the same stages. */
const withoutRepeats = (description: PlanDescription): PlanDescription => {
  const roundOf = (key: string) => Number(/^round (\d+)\//.exec(key)?.[1] ?? 0)
  const keysIn = (round: number) =>
    description.stages
      .filter(({ key }) => roundOf(key) === round)
      .map(({ key }) => key.replace(/^round \d+\//, ""))
      .join()
  const first = keysIn(1)
  const stages = description.stages.filter(({ key }) => roundOf(key) < 2 || keysIn(roundOf(key)) !== first)
  return { ...description, stages }
}

const inCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")
const inText = (text: string) => text.replaceAll("<", "&lt;")
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{Nd}_ -]/gu, "")
    .replaceAll(" ", "-")

const paperOf = (text: string): string => {
  const [, title, link] = /^(.*), (https:\S+?)\.?$/.exec(text) ?? []
  return title === undefined ? inText(text) : `[${inText(title)}](${link})`
}

const modelOf = ({ provider, stages }: PlanDescription): string => {
  const wanted = [...new Set(stages.flatMap(({ capabilities }) => capabilities))].toSorted()
  const able = wanted.length === 0 ? "" : `, with ${wanted.map((one) => `\`${one}\``).join(", ")}`
  if (provider === null) return "none"
  if (provider.simulated) return `the simulated one${able}; no key, no network`
  return `\`${provider.model}\` at ${provider.endpoint}${able}`
}

const sectionOf = (file: string, head: Head, description: PlanDescription): string =>
  [
    `## ${head.system}`,
    "",
    inText(head.makes.charAt(0).toUpperCase() + head.makes.slice(1)),
    "",
    `- Paper: ${paperOf(head.fields.Paper)}`,
    `- Needs: ${inText(head.fields.Needs)}`,
    `- Model: ${modelOf(description)}`,
    `- Reproduced: ${inText(head.fields.Reproduced)}`,
    `- Outside: ${inText(head.fields.Outside)}`,
    `- Constants: ${inText(head.fields.Constants)}`,
    `- Recipe: [${file}](${file})`,
    "",
    "```sh",
    `npx prefloom run pipelines/${file} --out out/${path.basename(file, ".ts")}`,
    "```",
    "",
    "<details><summary>Stages</summary>",
    "",
    "```mermaid",
    renderMermaid(withoutRepeats(description)),
    "```",
    "",
    "</details>",
    ""
  ].join("\n")

/** The page, systems by name. */
const gallery = async (): Promise<string> => {
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".ts") && file !== "quickstart.ts")
  const recipes = await Promise.all(
    files.map(async (file) => {
      const module = (await import(pathToFileURL(path.join(folder, file)).href)) as { readonly default: Plan<Run> }
      const description = await Effect.runPromise(
        Effect.scoped(describePlan(path.basename(file, ".ts"), module.default))
      )
      return { file, head: headOf(file), description }
    })
  )
  recipes.sort((a, b) => a.head.system.localeCompare(b.head.system, "en"))
  return [
    "# Recipes",
    "",
    "The preference-data side of published systems, each in a file of at most 80 lines. Made by `npm run gallery` from the head comments of the recipes and from their plans; edit those, not this page.",
    "",
    "Take a recipe as it is, or as the beginning of one of your own: put your file in place of the one it reads, and your model behind `using`. `--limit 10` tries it on ten rows, and `npx prefloom describe` says what it would ask.",
    "",
    "| System | Makes | Needs |",
    "| --- | --- | --- |",
    ...recipes.map(
      ({ head }) =>
        `| [${inCell(head.system)}](#${anchorOf(head.system)}) | ${inCell(head.makes)} | ${inCell(head.fields.Needs)} |`
    ),
    "",
    ...recipes.map(({ description, file, head }) => sectionOf(file, head, description))
  ].join("\n")
}

process.chdir(root)
const page = await gallery()
if (process.argv.includes("--stdout")) process.stdout.write(page)
else fs.writeFileSync(path.join(folder, "README.md"), page)
