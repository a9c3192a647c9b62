#!/usr/bin/env node
// Plain JavaScript that very old versions of Node can parse, so that they get a message instead of a syntax error.

const wanted = [22, 19]
const found = process.versions.node.split(".").map(Number)
const recent = found[0] > wanted[0] || (found[0] === wanted[0] && found[1] >= wanted[1])

// Packages of the folder "node_modules" run as built JavaScript, because Node strips no types there.
const installed = import.meta.url.includes("/node_modules/")

// Features we rely on, and a failure to import that the command itself explains.
const hidden = /^(SQLite|Type Stripping) is an experimental feature|^Failed to load the ES module/

const hideWarnings = () => {
  const show = process.listeners("warning")
  process.removeAllListeners("warning")
  process.on("warning", (warning) => {
    if (!hidden.test(warning.message)) for (const listener of show) listener.call(process, warning)
  })
}

// A pipeline file says `import … from "prefloom"` wherever it lies. It gets this very package, so that there is one instance of
// each class; from a checkout it gets the sources. "effect" comes from the file's own project where that has it.
const resolveHook = (fromSource) => {
  const own = import.meta.url
  return (specifier, context, nextResolve) => {
    if (specifier === "prefloom" || specifier.startsWith("prefloom/")) {
      const conditions = fromSource ? context.conditions.concat("@prefloom/source") : context.conditions
      return nextResolve(specifier, Object.assign({}, context, { parentURL: own, conditions }))
    }
    if (specifier !== "effect" && !specifier.startsWith("effect/")) return nextResolve(specifier, context)
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "MODULE_NOT_FOUND") throw error
      return nextResolve(specifier, Object.assign({}, context, { parentURL: own }))
    }
  }
}

const start = async () => {
  hideWarnings()
  const [fs, module] = await Promise.all([import("node:fs"), import("node:module")])
  const exists = (url) => fs.existsSync(new URL(url, import.meta.url))
  const fromSource = !installed && exists("./main.ts")
  const main = fromSource ? "./main.ts" : "../../dist/src/cli/main.js"
  if (!exists(main)) {
    refuse(
      `no built files beside "${import.meta.url}", expected the folder "dist"`,
      "install a released package, or run the command from a checkout"
    )
    return
  }
  module.enableCompileCache()
  module.registerHooks({ resolve: resolveHook(fromSource) })
  await import(new URL(main, import.meta.url).href)
}

const refuse = (problem, remedy) => {
  process.exitCode = 2
  process.stderr.write(`Cannot start prefloom: ${problem}; ${remedy}\n`)
}

if (recent) {
  void start()
} else {
  refuse(
    `found Node ${process.versions.node} (${process.execPath}), expected ${wanted.join(".")} or newer`,
    (installed ? 'run "npm install --save-dev node@24" in your project' : 'run "npm ci" without --ignore-scripts') +
      ", which installs a suitable Node for npm scripts and npx, or install one from https://nodejs.org"
  )
}
