/** The numbers from 0 to n - 1 for which something holds, rising. */
export const indexesWhere = (n: number, holds: (i: number) => boolean): Int32Array => {
  const found = new Int32Array(n)
  let length = 0
  for (let i = 0; i < n; i++) if (holds(i)) found[length++] = i
  return found.slice(0, length)
}
