/**
 * Counts the UTF-16 units that two texts have in common at their start.
 *
 * A surrogate pair that only its first half is shared of counts as not shared, so that cutting there leaves whole characters.
 * Time O(shared length).
 */
export const sharedPrefix = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length)
  let n = 0
  while (n < most && a.charCodeAt(n) === b.charCodeAt(n)) n++
  return n > 0 && (n < a.length || n < b.length) && isHighSurrogate(a.charCodeAt(n - 1)) ? n - 1 : n
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
