import * as fs from "node:fs"
import * as path from "node:path"
import { fromSource, packageRoot, readOwnPackage } from "../OwnPackage.ts"

/**
 * The files of a new project: path → content.
 *
 * `folder` names the package. Versions are those this program was made with; from a checkout the project depends on that
 * checkout, and from a package that was installed from a file or a repository on these.
 */
export const firstProject = (folder: string): Readonly<Record<string, string>> => ({
  "package.json": json(packageJson(folder)),
  "tsconfig.json": json(tsconfig),
  "pipelines/first.ts": pipeline,
  "data/prompts.jsonl": prompts(),
  "README.md": readme(folder),
  ".gitignore": "node_modules/\nout/\n"
})

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const packageJson = (folder: string) => {
  const own = readOwnPackage()
  return {
    name: packageName(folder),
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      check: "prefloom check pipelines/first.ts",
      first: "prefloom run pipelines/first.ts"
    },
    allowScripts: { node: true },
    dependencies: {
      prefloom: fromSource ? atPath(packageRoot) : (installedAs(path.join(packageRoot, "..", "..")) ?? own.version)
    },
    devDependencies: {
      "@types/node": own.devDependencies["@types/node"],
      node: own.devDependencies["node"],
      typescript: own.devDependencies["typescript"]
    }
  }
}

const atPath = (place: string): string => `file:${place.replace(/[\\/]$/, "").replaceAll("\\", "/")}`

/** The file or repository that this program was installed from, where the project it is installed in names one. */
const installedAs = (project: string): string | null => {
  const { dependencies, devDependencies } = manifestOf(project)
  const named = dependencies?.["prefloom"] ?? devDependencies?.["prefloom"]
  // Versions have neither sign.
  if (named === undefined || !/[:/]/.test(named)) return null
  if (!named.startsWith("file:")) return named
  const place = path.resolve(project, named.slice("file:".length))
  return atPath(fs.existsSync(place) ? place : packageRoot)
}

const manifestOf = (project: string): Readonly<Record<string, Readonly<Record<string, string>> | undefined>> => {
  try {
    return JSON.parse(fs.readFileSync(path.join(project, "package.json"), "utf8"))
  } catch {
    return {}
  }
}

const packageName = (folder: string): string => {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "")
  return name === "" || name === "prefloom" || name === "node_modules" ? "preference-data" : name
}

const tsconfig = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    module: "NodeNext",
    moduleDetection: "force",
    target: "ES2024",
    lib: ["ES2024", "ESNext.Collection"],
    types: ["node"],
    ...(fromSource ? { customConditions: ["@prefloom/source"] } : {}),
    skipLibCheck: true,
    noEmit: true
  },
  include: ["pipelines"]
}

const pipeline = `/**
 * From prompts to preference pairs, with the embedded simulated model: no key, no network.
 *
 * Four personas answer every prompt, a scorer rates the answers, and the best and the worst of each prompt become a pair.
 */
import { bestWorst, dataset, generate, into, jsonl, judge, pair, Prompt, simulated, using } from "prefloom"

const personas = {
  expert: "You are an expert. Answer correctly, completely and clearly.",
  teacher: "You are a patient teacher. Answer so that a beginner understands.",
  student: "You are a student in the second year. Answer as well as you can.",
  hurried: "You are in a great hurry. Answer in the first words that come to mind."
}

export default jsonl("data/prompts.jsonl", Prompt).pipe(
  generate({ n: 4, personas }),
  judge.rate({ annotators: ["scorer"] }),
  pair({ rules: [bestWorst()] }),
  into(dataset()),
  using(simulated()) // a real model: using(openai({ model: "…" })), with the key in OPENAI_API_KEY
)
`

const nPrompts = 8

/** Prompts that the simulated model has answers for: every few of its bank, without the answers. */
const prompts = (): string => {
  const lines = fs
    .readFileSync(path.join(packageRoot, "data", "prompts.jsonl"), "utf8")
    .trim()
    .split("\n")
  const step = Math.max(1, Math.floor(lines.length / nPrompts))
  return lines
    .filter((_, i) => i % step === 0)
    .slice(0, nPrompts)
    .map((line) => {
      const { id, domain, prompt, reference } = JSON.parse(line) as Readonly<Record<string, unknown>>
      return `${JSON.stringify({ id, domain, prompt, reference })}\n`
    })
    .join("")
}

const readme = (folder: string): string => `# ${folder}

Preference data, made with Prefloom.

| do | with |
| --- | --- |
| install, once | \`npm install\` |
| check the pipeline, without a call | \`npx prefloom check pipelines/first.ts\` |
| see what it would do | \`npx prefloom describe pipelines/first.ts\` |
| run it; again to resume | \`npx prefloom run pipelines/first.ts\` |
| look into the result | \`npx prefloom inspect out/first/data/train-00000-of-00001.parquet\` |

\`pipelines/first.ts\` asks a simulated model, so it needs no key and says nothing about real models. For real data put your own
prompts into \`data/prompts.jsonl\` and name a real model in the last line of the pipeline.
`
