/** The number that equals a bigint, or the bigint when none does. */
export const safeNumber = (value: unknown): unknown => {
  if (typeof value !== "bigint") return value ?? null
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
