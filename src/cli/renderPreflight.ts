import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import type { Example, PreflightFinding } from "../Preflight.ts"
import type { FilesPreflight } from "./preflightFiles.ts"

const width = 300

/** Says in plain text what a preflight found: what was read as what, findings by severity with rows, and what was not checked, and what card and manifest say. */
export const renderPreflight = (found: FilesPreflight): string => {
  const { encoding, findings, maxLength, notes, rows, said, source, target, unchecked } = found
  const against = target === null ? "no format" : target
  const lines = [
    `Read as  ${said}`,
    `Checked  ${Figure.counted(rows, "row")} for ${against}, ${Figure.count(maxLength)} tokens of ${encoding}`,
    ...(findings.length === 0 ? ["", "Nothing found"] : []),
    ...[...Map.groupBy(findings, ({ severity }) => severity)].flatMap(([severity, group]) => [
      "",
      `${severity[0]!.toUpperCase()}${severity.slice(1)}`,
      ...group.flatMap(renderFinding)
    ]),
    ...(unchecked.length === 0 ? [] : ["", "Not checked", ...unchecked.map(({ check, why }) => `  ${check}: ${why}`)]),
    ...[...source.terms, ...source.origin, ...notes].map((note) => `Note     ${note}`)
  ]
  return lines.map((line) => /^ */.exec(line)![0] + plainLine(line.trimStart(), width)).join("\n")
}

const renderFinding = ({ examples, remedy, rows, share, what }: PreflightFinding): ReadonlyArray<string> => [
  `  ${Figure.counted(rows, "row")} (${Figure.share(share)}): ${what}`,
  ...(examples.length === 0 ? [] : [`    such as ${examples.map(exampleText).join(", ")}`]),
  `    remedy: ${remedy}`
]

const exampleText = ({ id, place }: Example): string => {
  const short = place.replace(/^.*[\\/]/, "")
  return id === null ? short : `${id} (${short})`
}
