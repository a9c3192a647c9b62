import * as Figure from "../Figure.ts"
import { findingsOf } from "../report/Section.ts"
import type { Manifest } from "../Manifest.ts"

const mostFiles = 10

/**
 * Says how a data set of Prefloom was made, by its manifest: a sentence about the pipeline or the conversion, of a conversion the files that it
 * read and all that these say of themselves. `name` is that of its folder. What the manifest does not say is left out.
 */
export const madeOf = (name: string, manifest: Partial<Manifest>): ReadonlyArray<string> => {
  const { conversion, pipeline, pipelineHash } = manifest
  const quoted = JSON.stringify(name)
  const version = `Prefloom ${String(manifest.prefloom)}`
  if (conversion === undefined) {
    return [
      `${quoted} was made by the pipeline ${JSON.stringify(pipeline ?? "")} of ${version}, pipeline hash ${pipelineHash ?? "not known"}`
    ]
  }
  const files = conversion.files ?? []
  const shown = files
    .slice(0, mostFiles)
    .map((file) => `${file.name} (${Figure.bytes(file.bytes)}, SHA-256 ${file.sha256})`)
  const more = files.length > shown.length ? ` and ${Figure.counted(files.length - shown.length, "more file")}` : ""
  return [
    `${quoted} was converted by ${version}${stepOf(manifest)}`,
    ...(files.length === 0 ? [] : [`${quoted} was converted from ${shown.join(", ")}${more}`]),
    ...(conversion.repeated ?? [])
  ]
}

/** From which format to which, with the rows and columns that it cost. */
const stepOf = ({ conversion, findings = [], rowsOut, stages = [] }: Partial<Manifest>): string => {
  const [finding] = findingsOf({ findings }, "export").map((one) => one.finding)
  const reasons = stages.flatMap(({ rejected }) => Object.entries(rejected))
  const nRejected = reasons.reduce((sum, [, n]) => sum + n, 0)
  const left = nRejected === 0 ? "none" : reasons.map(([reason, n]) => `${Figure.count(n)} ${reason}`).join(", ")
  const rows =
    stages[0] === undefined || typeof rowsOut !== "number"
      ? []
      : [`${Figure.counted(stages[0].rowsIn, "row")} read, ${Figure.count(rowsOut)} written, left out: ${left}`]
  const lost = finding === undefined || finding.lost.length === 0 ? [] : [`columns lost: ${finding.lost.join(", ")}`]
  const from = conversion?.from === undefined ? "" : ` from ${conversion.from}`
  const to = finding === undefined ? "" : ` to ${finding.format}`
  const cost = [...rows, ...lost].join("; ")
  return `${from}${to}${cost === "" ? "" : `: ${cost}`}`
}
