import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { packageRoot } from "../OwnPackage.ts"

/**
 * Says why a pipeline file could not be imported, and what to do.
 *
 * `given` is the path as it was typed, `file` the absolute one. The line is the innermost one in the user's own files. Errors
 * that Prefloom throws while a pipeline is built already say what was found and expected; for them only the place is added.
 */
export const importProblem = (given: string, file: string, problem: unknown): string => {
  if (!(problem instanceof Error))
    return `Cannot load "${given}": it threw ${String(problem)}, expected no error; the pipeline has to build without one`
  const { name, message, stack = "" } = problem
  const code = (problem as NodeJS.ErrnoException).code
  const place = placeIn(given, file, stack)
  if (name === "WiringError" || name === "ColumnTypeError" || isTold(message)) return `${message}\n  at ${place}`
  const cannot = (found: string, remedy: string) => `Cannot load "${given}": ${found}; ${remedy}\n  at ${place}`
  switch (code) {
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return cannot(
        `${lowerFirst(message.replace(/ is not supported in strip-only mode$/, ""))} cannot be stripped, expected types that can simply be left out`,
        "use a union of literals in place of an enum, and plain fields and modules in place of parameter properties and namespaces"
      )
    case "ERR_INVALID_TYPESCRIPT_SYNTAX":
      return cannot(`${lowerFirst(message)}, expected TypeScript that parses`, "mend the syntax")
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND":
      return cannot(lowerFirst(message), moduleRemedy(message))
    case "ERR_PACKAGE_PATH_NOT_EXPORTED":
      return cannot(
        lowerFirst(message.replace(/ is not defined by "exports".*$/s, " does not exist")),
        "import from the paths the package names, such as prefloom, prefloom/schemas/Pair and prefloom/providers/openai"
      )
  }
  if (name === "SyntaxError" && /outside a module|Unexpected token 'export'/.test(message)) {
    return cannot(
      "Node takes it for a CommonJS module, expected an ES module",
      'set "type": "module" in the package.json of its folder, or name it .mts'
    )
  }
  if (name === "SyntaxError") return cannot(lowerFirst(message), "correct the name or the syntax")
  return cannot(`it threw ${name}: ${message}`, "the pipeline has to build without an error")
}

/** Whether a message says already what was found and expected. */
const isTold = (message: string): boolean => /^Cannot .*: .*, expected /s.test(message)

const moduleRemedy = (message: string): string => {
  const [, kind, wanted = ""] = /find (package|module) '([^']*)'/.exec(message) ?? []
  if (kind === "package")
    return `install it: npm install ${wanted
      .split("/")
      .slice(0, wanted.startsWith("@") ? 2 : 1)
      .join("/")}`
  const found = [".ts", ".mts", ".js", "/index.ts"].find((ending) => fs.existsSync(`${wanted}${ending}`))
  return found === undefined
    ? "check the path"
    : `imports name the file with its extension: write "${path.basename(wanted)}${found}"`
}

const lowerFirst = (text: string): string =>
  /^(The|Cannot|Package|Expression|Unexpected|Expected) /.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text

// Frames look like "at file:///folder/file.ts:4:41", syntax errors start with "/folder/file.ts:4" or its URL.
const placeIn = (given: string, file: string, stack: string): string => {
  const own = ["src", "schemas", "dist"].map((name) => path.join(packageRoot, name) + path.sep)
  for (const line of stack.split("\n")) {
    const [, place, numbers = ""] =
      /(file:\/\/[^\s()]+?|\/[^\s()]+?|[A-Za-z]:\\[^()]+?)((?::\d+)+)\)?$/.exec(line) ?? []
    if (place === undefined || place.includes("/node_modules/")) continue
    const found = place.startsWith("file:") ? fileURLToPath(place) : place
    if (found === file) return `${given}${numbers}`
    if (own.some((folder) => found.startsWith(folder))) continue
    if (found.startsWith(path.dirname(file) + path.sep)) return `${path.relative(process.cwd(), found)}${numbers}`
  }
  return given
}
