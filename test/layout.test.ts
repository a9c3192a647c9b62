import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.join(import.meta.dirname, "..")

const isCode = (file: string) => /\.(ts|js)$/.test(file)

/** Files below a folder, as paths from the root with forward slashes. */
const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .toSorted()

const source = filesIn("src").filter(isCode)
const schemas = filesIn("schemas").filter(isCode)
const pipelines = filesIn("pipelines").filter(isCode)
const tests = filesIn("test").filter(isCode)

const text = new Map(
  [...source, ...schemas, ...pipelines, ...tests].map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")])
)

// Order matters: what opens first at a place wins, so that a quote in a comment opens no string.
const literal =
  /(?<comment>\/\*[^]*?\*\/|\/\/[^\n]*)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\//g

/** The text of a file without comments. */
const withoutComments = (file: string): string =>
  text.get(file)!.replace(literal, (found, ...rest) => {
    const { comment } = rest.at(-1) as { readonly comment?: string }
    return comment === undefined ? found : comment.replaceAll(/[^\n]/g, " ")
  })

/** The text of a file without comments, strings and regular expressions; the expressions of a template stay. */
const codeOf = (file: string): string =>
  text
    .get(file)!
    .replace(literal, (found) => (found.startsWith("`") ? (found.match(/\$\{[^}]*\}/g) ?? []).join(" ") : ""))

/** What a file imports: modules as written, files of the project as paths from the root. */
const importsOf = (file: string): ReadonlyArray<string> => {
  const specifiers = withoutComments(file).matchAll(
    /\b(?:import|export)\b[^"'`;]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"|\bnew URL\(\s*"(\.[^"]+)"\s*,\s*import/g
  )
  return [...specifiers].map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3])!
    return specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : specifier
  })
}

const imports = new Map([...text.keys()].map((file) => [file, importsOf(file)]))

/** Fails with one line for each violation. */
const assertNone = (violations: ReadonlyArray<string>) => assert.deepStrictEqual(violations, [])

const words = (...lines: ReadonlyArray<string>) => lines.flatMap((line) => line.split(" "))

const baseName = (file: string) => path.posix.basename(file).replace(/\.[^.]+$/, "")

describe("layout", () => {
  it("layout: the top level holds the named folders and tool configuration", () => {
    const ignoreLines = fs.readFileSync(path.join(root, ".gitignore"), "utf8").split("\n")
    const ignored = new Set(ignoreLines.map((line) => line.replace(/\/$/, "")))
    const folders = new Set(words("src pipelines schemas test data .git .github .ci .changeset"))
    const files = new Set(
      words(
        "README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md LICENSE NOTICE package.json",
        "package-lock.json tsconfig.json tsconfig.build.json vitest.config.ts .gitignore .gitattributes",
        ".npmrc .oxlintrc.json .oxfmtrc.json"
      )
    )
    assertNone(
      fs
        .readdirSync(root, { withFileTypes: true })
        .filter((entry) => !ignored.has(entry.name))
        .filter((entry) => !(entry.isDirectory() ? folders : files).has(entry.name))
        .map((entry) => entry.name)
    )
  })

  it("layout: src holds the named folders", () => {
    const folders = new Set(
      words(
        "aggregations cleaners corruptions math pairings segments formats hub preflight providers services sinks sources",
        "stages cli report report/charts report/sections"
      )
    )
    const found = new Set(source.map((file) => path.posix.dirname(file).replace(/^src\/?/, "")))
    found.delete("")
    assertNone([...found].filter((folder) => !folders.has(folder)))
  })

  it("layout: files are PascalCase.ts or camelCase.ts and never named after nothing", () => {
    const nameless = /^(utils?|common|helpers?|types?|misc|shared|lib|base|core|constants?|interfaces?)$/i
    assertNone([
      ...[...source, ...schemas, ...pipelines, ...tests].filter(
        (file) =>
          !/^([A-Z]|[a-z])[A-Za-z0-9]*(\.test)?\.ts$/.test(path.posix.basename(file)) && file !== "src/cli/prefloom.js"
      ),
      ...[...source, ...schemas, ...pipelines].filter((file) =>
        file.split("/").some((part) => nameless.test(baseName(part)))
      )
    ])
  })

  it("layout: a camelCase.ts file in src exports a function or constant of that very name", () => {
    assertNone(
      source
        .filter(
          (file) =>
            /^[a-z]/.test(baseName(file)) && !["src/index.ts", "src/cli/main.ts", "src/cli/prefloom.js"].includes(file)
        )
        .filter((file) => {
          const exported = new RegExp(`^export (const|function\\*?|async function) ${baseName(file)}\\b`, "m")
          return !exported.test(withoutComments(file))
        })
    )
  })

  it("layout: no file in src has more than 400 lines", () => {
    const lengths = source.map((file) => ({ file, nLines: text.get(file)!.trimEnd().split("\n").length }))
    const long = lengths.filter(({ nLines }) => nLines > 200)
    const listed = long.map(({ file, nLines }) => `  ${file}: ${nLines}\n`).join("")
    if (listed !== "") process.stdout.write(`Files above the soft limit of 200 lines:\n${listed}`)
    assertNone(lengths.filter(({ nLines }) => nLines > 400).map(({ file, nLines }) => `${file} has ${nLines} lines`))
  })

  const formulas = ["aggregations", "cleaners", "corruptions", "pairings", "segments"]
  const entries = new Set(["src/Plan.ts", "src/capabilityProblems.ts", "src/execute.ts", "src/index.ts"])

  /** A file may import files of its own folder and of lower levels. */
  const levelOf = (file: string): { readonly folder: string; readonly level: number } => {
    if (file.startsWith("schemas/")) return { folder: "schemas", level: 0 }
    if (entries.has(file)) return { folder: "entries", level: 10 }
    const folder = file.split("/").length === 2 ? "core" : file.split("/")[1]!
    const levels: ReadonlyArray<ReadonlyArray<string>> = [
      ["schemas"],
      ["math"],
      formulas,
      ["core"],
      ["services"],
      ["stages", "sources", "formats", "hub"],
      // What trainers would make of rows: files that exist are looked at by a command, rows on their way out by a sink.
      ["preflight"],
      ["sinks"],
      ["providers"],
      ["report"],
      ["entries"],
      ["cli"]
    ]
    return { folder, level: levels.findIndex((level) => level.includes(folder)) }
  }

  it("layout: imports flow one way", () => {
    assertNone(
      [...source, ...schemas].flatMap((file) =>
        imports
          .get(file)!
          .filter((target) => text.has(target))
          .filter((target) => {
            if (/^(test|pipelines)\//.test(target)) return true
            const from = levelOf(file)
            const to = levelOf(target)
            return from.folder !== to.folder && to.level >= from.level
          })
          .map((target) => `${file} imports ${target}`)
      )
    )
  })

  it("layout: every relative import of src, schemas and pipelines names a file that exists", () => {
    assertNone(
      [...source, ...schemas, ...pipelines].flatMap((file) =>
        imports
          .get(file)!
          .filter((target) => /^(\.\.\/|src\/|schemas\/|test\/|pipelines\/)/.test(target))
          .filter((target) => !fs.existsSync(path.join(root, target)))
          .map((target) => `${file} imports ${target}`)
      )
    )
  })

  it("layout: formulas, mathematics and schemas import no Effect beyond Schema", () => {
    const pure = source.filter((file) => [...formulas, "math"].some((folder) => file.startsWith(`src/${folder}/`)))
    assertNone([
      ...pure.flatMap((file) =>
        imports
          .get(file)!
          .filter((target) => /^(effect|@effect)(\/|$)/.test(target))
          .map((target) => `${file} imports ${target}`)
      ),
      ...schemas.flatMap((file) =>
        imports
          .get(file)!
          .filter((target) => target !== "effect/Schema" && !target.startsWith("schemas/"))
          .map((target) => `${file} imports ${target}`)
      )
    ])
  })

  it("layout: src imports modules of Effect, not its barrel", () => {
    assertNone(source.filter((file) => imports.get(file)!.includes("effect")))
  })

  it("layout: pipelines import what a user can import", () => {
    assertNone(
      pipelines.flatMap((file) =>
        imports
          .get(file)!
          .filter((target) => !/^(prefloom(\/.+)?|effect\/.+|node:.+)$/.test(target))
          .map((target) => `${file} imports ${target}`)
      )
    )
  })

  it("layout: every file of src outside cli and report is tested, itself or through a file of its folder", () => {
    const reached = new Set(tests.flatMap((file) => imports.get(file)!).filter((target) => text.has(target)))
    // The public entry reaches nothing by itself: what a test takes from "prefloom" is tested where it is imported by path.
    reached.delete("src/index.ts")
    for (const file of reached) {
      for (const target of imports.get(file) ?? []) {
        if (target.startsWith("src/") && path.posix.dirname(target) === path.posix.dirname(file)) reached.add(target)
      }
    }
    assertNone(
      source.filter((file) => !/^src\/(cli|report)\//.test(file) && file !== "src/index.ts" && !reached.has(file))
    )
  })

  it("layout: src draws no global random number, reads no clock and prints nothing", () => {
    assertNone(
      source
        .filter((file) => file !== "src/cli/prefloom.js")
        .flatMap((file) =>
          (codeOf(file).match(/\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)|\bconsole\./g) ?? []).map(
            (found) => `${file} has ${found}`
          )
        )
    )
  })

  it("layout: src makes folders with ensureFolder, which comes to an end everywhere", () => {
    // The folder of sockets needs a mode of its own, and lies below one that is there.
    const ownCalls = new Set(["src/ensureFolder.ts", "src/cli/controlAddress.ts"])
    assertNone(
      [...source, ...schemas].filter(
        (file) => !ownCalls.has(file) && /\bmkdir(Sync)?\b|\bmakeDirectory\b/.test(codeOf(file))
      )
    )
  })

  it("layout: every export of src and schemas has a docstring", () => {
    assertNone(
      [...source, ...schemas].flatMap((file) => {
        const lines = text.get(file)!.split("\n")
        const documented = new Set<string>()
        const bare: Array<string> = []
        for (const [i, line] of lines.entries()) {
          const found =
            /^export (?:declare )?(?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/.exec(
              line
            )
          if (found === null) continue
          // A type that goes with a constant of the same name shares its docstring.
          if (lines[i - 1]?.trimEnd().endsWith("*/")) documented.add(found[1]!)
          else if (!documented.has(found[1]!)) bare.push(`${file}: ${found[1]}`)
        }
        return bare
      })
    )
  })
})
