/** Maps a real number to (0, 1) by `1 / (1 + exp(-x))`, without overflow for large `|x|`. */
export const sigmoid = (x: number): number => {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}
