import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Measurement } from "./main.ts"

const run = promisify(execFile)
const nSamples = 5
const nRecipes = 3
const root = path.resolve(import.meta.dirname, "../..")
const tsc = path.join(root, "node_modules/.bin/tsc")

const flags = [
  "--ignoreConfig",
  "--noEmit",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noUncheckedIndexedAccess",
  "--skipLibCheck",
  "--module",
  "NodeNext",
  "--target",
  "ES2024",
  "--lib",
  "ES2024,ESNext.Collection",
  "--types",
  "node"
]

/** Installs the package as it is published, with built declarations, into a new folder that holds the recipes. */
const installPackage = async (folder: string) => {
  const modules = path.join(folder, "node_modules")
  const installed = path.join(modules, "prefloom")
  await mkdir(installed, { recursive: true })
  await run(tsc, ["-p", "tsconfig.build.json", "--outDir", path.join(installed, "dist")], { cwd: root })
  await cp(path.join(root, "package.json"), path.join(installed, "package.json"))
  for (const name of await readdir(path.join(root, "node_modules")))
    if (name !== "prefloom" && !name.startsWith("."))
      await symlink(path.join(root, "node_modules", name), path.join(modules, name))
  await cp(path.join(root, "pipelines"), folder, { recursive: true })
  await writeFile(path.join(folder, "package.json"), '{ "type": "module" }\n')
  await writeFile(path.join(folder, "empty.ts"), "export {}\n")
}

const largest = async (folder: string) => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts"))
  const sized = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(path.join(folder, name))).size }))
  )
  return sized
    .toSorted((a, b) => b.size - a.size)
    .slice(0, nRecipes)
    .map(({ name }) => name)
}

/**
 * Measures what the largest recipes cost the compiler above an empty file, against the package as it is published.
 *
 * Each sample is a whole process of the compiler, a recipe and the empty file in turn; the value is the largest of the recipes'
 * median differences. A recipe that does not compile fails the measurement.
 */
export const compileBench = async (): Promise<Measurement> => {
  const folder = await mkdtemp(path.join(tmpdir(), "prefloom-compile-"))
  try {
    await installPackage(folder)
    const compile = async (file: string) => {
      const startedAt = performance.now()
      await run(tsc, [...flags, file], { cwd: folder })
      return (performance.now() - startedAt) / 1000
    }
    const costs: Array<{ readonly name: string; readonly seconds: number }> = []
    for (const name of await largest(folder)) {
      const differences: Array<number> = []
      for (let i = 0; i < nSamples; i++) differences.push(-(await compile("empty.ts")) + (await compile(name)))
      costs.push({ name, seconds: differences.toSorted((a, b) => a - b)[Math.floor(nSamples / 2)]! })
    }
    const value = Math.max(...costs.map(({ seconds }) => seconds))
    return {
      name: "compiling a recipe, above an empty file",
      value,
      unit: "s",
      target: 1,
      better: "lower",
      met: value <= 1,
      detail:
        costs.map(({ name, seconds }) => `${name} ${seconds.toFixed(2)} s`).join(", ") + `, median of ${nSamples} pairs`
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
