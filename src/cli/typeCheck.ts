import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { fromSource, packageRoot, readOwnPackage } from "../OwnPackage.ts"

/** What the compiler said: its version, and one text per error, with file, line and column. Null when none was found. */
export type TypeCheck = { readonly version: string; readonly problems: ReadonlyArray<string> } | null

/**
 * Type-checks one pipeline file and what it imports with the TypeScript compiler nearest to it, else with this package's own.
 *
 * The options are Prefloom's own, whatever `tsconfig.json` lies beside the file, so the wiring of stages is always checked in
 * full; what is a matter of taste, such as an import that nobody uses, is left to the file's own project. "prefloom" means this very package, as it does in a run. Errors inside Prefloom are left out. Time: about two seconds.
 */
export const typeCheck = (file: string): Effect.Effect<TypeCheck> =>
  Effect.suspend(() => {
    const compiler = [path.dirname(file), packageRoot].map(typeScriptNear).find((found) => found !== undefined)
    if (compiler === undefined) return Effect.succeed(null)
    const { version } = compiler
    return Effect.acquireUseRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-check-"))),
      (folder) =>
        Effect.map(compile(compiler.tsc, folder, file), (output) => ({
          version,
          problems: problemsIn(output, file)
        })),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
    )
  })

const compile = (tsc: string, folder: string, file: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const config = path.join(folder, "tsconfig.json")
    fs.writeFileSync(config, JSON.stringify({ compilerOptions: compilerOptions(file), files: [file] }))
    const child = execFile(
      process.execPath,
      [tsc, "--project", config, "--pretty", "false"],
      { maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        const isVerdict = error === null || stdout !== ""
        resume(Effect.succeed(isVerdict ? stdout : `error TS0: the compiler did not run: ${stderr || error.message}`))
      }
    )
    return Effect.sync(() => child.kill())
  })

const compilerOptions = (file: string) => {
  const folder = path.dirname(file)
  const typeRoots = ["node_modules/@types"].flatMap((name) => nearest(folder, name) ?? nearest(packageRoot, name) ?? [])
  const hasNodeTypes = typeRoots.some((root) => fs.existsSync(path.join(root, "node")))
  return {
    strict: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    ...(isEsModule(file) ? { module: "NodeNext" } : { module: "ESNext", moduleResolution: "bundler" }),
    moduleDetection: "force",
    target: "ES2024",
    lib: ["ES2024", "ESNext.Collection"],
    types: hasNodeTypes ? ["node"] : [],
    typeRoots,
    customConditions: fromSource ? ["@prefloom/source"] : [],
    paths: { ...ownPaths(), ...(nearest(folder, "node_modules/effect") === undefined ? effectPaths() : {}) },
    skipLibCheck: true,
    noEmit: true
  }
}

// TypeScript takes a .ts file without "type" in its package.json for CommonJS, Node looks at its syntax.
const isEsModule = (file: string): boolean => {
  const folder = nearest(path.dirname(file), "package.json")
  if (file.endsWith(".mts")) return true
  return (
    folder !== undefined &&
    (JSON.parse(fs.readFileSync(folder, "utf8")) as { readonly type?: string }).type === "module"
  )
}

const nearest = (folder: string, name: string): string | undefined => {
  for (let at = folder; ; at = path.dirname(at)) {
    const candidate = path.join(at, name)
    if (fs.existsSync(candidate)) return candidate
    if (at === path.dirname(at)) return undefined
  }
}

/** The TypeScript installed nearest to a folder; none when it is older than 5.8 and does not know the options. */
const typeScriptNear = (folder: string): { readonly version: string; readonly tsc: string } | undefined => {
  const root = nearest(folder, "node_modules/typescript")
  if (root === undefined) return undefined
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
    readonly version: string
  }
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 5 || (major === 5 && minor >= 8) ? { version, tsc: path.join(root, "bin", "tsc") } : undefined
}

const ownPaths = (): Readonly<Record<string, ReadonlyArray<string>>> => {
  const entries = Object.entries(readOwnPackage().exports).flatMap(([name, targets]) => {
    const target = typeof targets === "string" ? undefined : targets[fromSource ? "@prefloom/source" : "types"]
    return target === undefined ? [] : [[name.replace(/^\./, "prefloom"), [path.join(packageRoot, target)]] as const]
  })
  return Object.fromEntries(entries)
}

const effectPaths = (): Readonly<Record<string, ReadonlyArray<string>>> => {
  const root = path.dirname(createRequire(import.meta.url).resolve("effect/package.json"))
  const declarations = path.join(root, "dist")
  return {
    effect: [path.join(declarations, "index.d.ts")],
    "effect/*": [path.join(declarations, "*.d.ts"), path.join(declarations, "*", "index.d.ts")]
  }
}

const problemsIn = (output: string, file: string): ReadonlyArray<string> => {
  const problems: Array<string> = []
  for (const line of output.split(/\r?\n/)) {
    if (line.trim() === "") continue
    if (/^\s/.test(line) && problems.length > 0) problems[problems.length - 1] += `\n${line}`
    else problems.push(line)
  }
  const own = ["src", "schemas"].map((name) => path.join(packageRoot, name) + path.sep)
  if (own.some((folder) => file.startsWith(folder))) return problems
  return problems.filter((problem) => {
    const [, place] = /^(.+?)\(\d+,\d+\): error/.exec(problem) ?? []
    return place === undefined || !own.some((folder) => path.resolve(place).startsWith(folder))
  })
}
