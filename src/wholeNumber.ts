/**
 * The number that a whole number written in digits is, or a bigint where the number would be written with other digits.
 *
 * Up to 2^53 it is always the number. Beyond, a number such as 1e20, which JavaScript writes in digits, stays one, and an id such as
 * 9007199254740993 becomes a bigint, so that no digit is lost.
 */
export const wholeNumber = (digits: string): number | bigint => {
  const number = Number(digits)
  return Number.isSafeInteger(number) || String(number) === digits ? number : BigInt(digits)
}
