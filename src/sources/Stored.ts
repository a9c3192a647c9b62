/**
 * A value that files store as a whole number with a meaning: days since 1970, time since 1970 or since midnight in fractions of a second of so many
 * digits, or the digits of a decimal number.
 */
export type Stored =
  | { readonly kind: "date" }
  | { readonly kind: "day in milliseconds" }
  | { readonly kind: "timestamp"; readonly digits: number; readonly isUtc: boolean }
  | { readonly kind: "time"; readonly digits: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }

/** Decimal digits that every number keeps. */
const numberDigits = 15

/** Zeros that a decimal can have behind its digits, and digits behind its point: those of the longest decimals that files hold. */
const mostScale = 76

/**
 * A decimal of so many digits, `scale` of them behind the point; undefined where no text could hold its values.
 *
 * A damaged file names any scale, and texts of two thousand million digits end a process.
 */
export const storedDecimal = (precision: number, scale: number): Stored | undefined =>
  Math.abs(scale) <= mostScale ? { kind: "decimal", precision, scale } : undefined

/** What values become: texts, but numbers of decimals that no number can change. */
export const storedKind = (stored: Stored): "string" | "int" | "float" => {
  if (stored.kind !== "decimal") return "string"
  const { precision, scale } = stored
  if (precision + Math.max(0, -scale) > numberDigits) return "string"
  return scale <= 0 ? "int" : "float"
}

/**
 * Makes the function that turns stored whole numbers into texts of ISO 8601, or of decimals into numbers or texts with all digits.
 *
 * A timestamp has the digits of its unit, and "Z" where it is one of UTC. A moment that no date can hold comes out as the whole number.
 */
export const storedReader = (stored: Stored): ((value: number | bigint) => string | number) => {
  switch (stored.kind) {
    case "date":
      return (value) => momentText(BigInt(value) * 86_400n, 0n, 0)?.slice(0, -timeLength) ?? String(value)
    case "day in milliseconds": {
      const read = storedReader({ kind: "timestamp", digits: 3, isUtc: true })
      return (value) => String(read(value)).replace(/T00:00:00\.000Z$/, "")
    }
    case "timestamp": {
      const { digits, isUtc } = stored
      return (value) => {
        const [seconds, fraction] = split(BigInt(value), digits)
        const text = momentText(seconds, fraction, digits)
        return text === undefined ? String(value) : isUtc ? `${text}Z` : text
      }
    }
    case "time": {
      const { digits } = stored
      return (value) => {
        const [seconds, fraction] = split(BigInt(value), digits)
        const text = seconds < 0n || seconds >= 86_400n ? undefined : momentText(seconds, fraction, digits)
        return text?.slice("1970-01-01T".length) ?? String(value)
      }
    }
    case "decimal": {
      const { scale } = stored
      return storedKind(stored) === "string"
        ? (value) => decimalText(BigInt(value), scale)
        : (value) => Number(decimalText(BigInt(value), scale))
    }
  }
}

/** The whole number that bytes hold in two's complement, the highest first. */
export const wholeOfBytes = (bytes: Uint8Array): bigint => {
  let value = 0n
  for (const byte of bytes) value = value * 256n + BigInt(byte)
  return BigInt.asIntN(8 * bytes.length, value)
}

const timeLength = "T00:00:00".length

/** Whole units, rounded down, and what is left. */
const split = (value: bigint, digits: number): readonly [bigint, bigint] => {
  const unit = 10n ** BigInt(digits)
  const fraction = ((value % unit) + unit) % unit
  return [(value - fraction) / unit, fraction]
}

const momentText = (seconds: bigint, fraction: bigint, digits: number): string | undefined => {
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  const text = date.toISOString().slice(0, -".000Z".length)
  return digits === 0 ? text : `${text}.${String(fraction).padStart(digits, "0")}`
}

const decimalText = (value: bigint, scale: number): string => {
  if (scale <= 0) return String(value * 10n ** BigInt(-scale))
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0")
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
