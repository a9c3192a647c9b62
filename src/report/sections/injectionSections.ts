import type { Manifest } from "../../Manifest.ts"
import { barChart } from "../charts/barChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { plotBlock } from "../plotBlock.ts"
import { type FindingOf, findingsOf, type Section } from "../Section.ts"

type ErrorType = FindingOf<"injections">["types"][number]

/** Shows for each type of error how often it was asked for, how often a usable text came back, and what happened to the rest. */
export const injectionSections = (manifest: Manifest): ReadonlyArray<Section> => {
  const all = findingsOf(manifest, "injections")
  return all.map(({ finding: { types }, stage }, i) => {
    const planted = types.some((type) => type.plantedLoss !== null)
    const reasons = [...new Set(types.flatMap((type) => Object.keys(type.refused)))].toSorted()
    return {
      id: i === 0 ? "injections" : `injections-${i + 1}`,
      title: all.length === 1 ? "Injected errors" : `Injected errors: ${stage}`,
      body: plotBlock({
        note:
          "A good answer was rewritten so that it contains one error of a given type. Texts that came back unchanged, rewritten from scratch, " +
          "cut off or not at all were refused. Length is that of the text with the error, as a multiple of the original's.",
        chart:
          types.length === 0
            ? null
            : barChart({
                title: `Injected errors: ${types.map((type) => `${type.errorType} ${noteOf(type)}`).join("; ")}`,
                bars: types.map((type) => ({
                  label: type.errorType,
                  note: noteOf(type),
                  parts: [
                    { value: type.kept, strong: true },
                    { value: nRefused(type), strong: false }
                  ],
                  reference: null
                }))
              }),
        keys: [
          { mark: "bar", text: "kept" },
          { mark: "quiet", text: "refused" }
        ],
        tables: [
          {
            caption: "Injected errors by type",
            columns: [
              { heading: "Error type" },
              ...numbers("Asked", "Kept", "Length", ...(planted ? ["Quality lost, planted"] : []))
            ],
            rows: types.map((type) => [
              type.errorType,
              Figure.count(type.asked),
              Figure.count(type.kept),
              Figure.factor(type.meanLogLengthRatio),
              ...(planted ? [Figure.decimal(type.plantedLoss)] : [])
            ])
          },
          {
            caption: "Refused texts by reason",
            columns: [{ heading: "Refused because" }, ...numbers(...types.map((type) => type.errorType))],
            rows: reasons.map((reason) => [reason].concat(types.map((type) => Figure.count(type.refused[reason] ?? 0))))
          }
        ]
      })
    }
  })
}

const nRefused = (type: ErrorType): number => Object.values(type.refused).reduce((sum, n) => sum + n, 0)

const noteOf = (type: ErrorType): string => `${Figure.count(type.kept)} of ${Figure.count(type.asked)} kept`
