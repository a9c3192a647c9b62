import type { Estimate } from "./Findings.ts"

/** A number on its way to a reader; null where it is not known. */
export type Figure = number | null

/** What stands in place of a number that is not known. */
export const notKnown = "not known"

const written = (figure: Figure, write: (value: number) => string): string =>
  figure === null || !Number.isFinite(figure)
    ? notKnown
    : write(figure)
        .replace(/^-(?=[0.]*$)/, "")
        .replace("-", "−")

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

/** A whole number with its thousands apart: "12,345". */
export const count = (figure: Figure): string => written(figure, (value) => grouped.format(value))

/** A number with a fixed count of decimals: "0.183". */
export const decimal = (figure: Figure, digits = 2): string => written(figure, (value) => value.toFixed(digits))

/** A share in [0, 1] as a percentage with one decimal: "18.3%". Only what is none or all says so: else "<0.1%", ">99.9%". */
export const share = (figure: Figure): string =>
  written(figure, (value) => {
    const text = (100 * value).toFixed(1)
    if (text === "0.0" && value > 0) return "<0.1%"
    return text === "100.0" && value < 1 ? ">99.9%" : `${text}%`
  })

/** The two ends of an interval of shares: "16.9–19.7%". */
export const interval = (estimate: Estimate | null): string =>
  estimate === null ? notKnown : `${share(estimate.ci95[0]).replace("%", "")}–${share(estimate.ci95[1])}`

/** An estimated share and its interval in one phrase: "18.3% (95% interval 16.9–19.7%)". */
export const estimated = (estimate: Estimate | null): string =>
  estimate === null ? notKnown : `${share(estimate.estimate)} (95% interval ${interval(estimate)})`

/** A factor from its natural logarithm: "1.08×". */
export const factor = (logarithm: Figure): string => written(logarithm, (value) => `${Math.exp(value).toFixed(2)}×`)

/** A file size in the unit that suits it, 1,000 bytes to the kB: "4.2 MB". */
export const bytes = (figure: Figure): string =>
  written(figure, (value) => {
    const units = ["kB", "MB", "GB", "TB"]
    if (value < 1000) return `${value} B`
    let scaled = value / 1000
    let unit = 0
    while (scaled >= 999.95 && unit < units.length - 1) {
      scaled /= 1000
      unit++
    }
    return `${scaled.toFixed(1)} ${units[unit]!}`
  })

/** A count with its noun: "1 row", "2,000 rows". */
export const counted = (figure: Figure, one: string, many = `${one}s`): string =>
  `${count(figure)} ${figure === 1 ? one : many}`
