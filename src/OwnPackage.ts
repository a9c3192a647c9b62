import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** True when the command runs from a checkout, as TypeScript, and not as built JavaScript. */
export const fromSource = import.meta.url.endsWith(".ts")

/** The folder of this package. */
export const packageRoot = fileURLToPath(new URL(fromSource ? "../" : "../../", import.meta.url))

/** What this program reads of its own `package.json`. */
export interface OwnPackage {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** Reads this package's `package.json`. */
export const readOwnPackage = (): OwnPackage =>
  JSON.parse(fs.readFileSync(path.join(packageRoot, "package.json"), "utf8")) as OwnPackage
