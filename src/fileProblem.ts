/** Says in words, with the remedy, what the file system threw; null for any other error. */
export const fileProblem = (problem: unknown): string | null => {
  if (!(problem instanceof Error)) return null
  const { code = "", path: file } = problem as NodeJS.ErrnoException
  const isFull = full.has(code)
  if (file === undefined && !isFull) return null
  const which = file === undefined ? "a file of the run" : `"${file}"`
  return isFull
    ? `Cannot write to ${which}: found no room on its disk (${problem.message}), expected some; free some`
    : `Cannot use ${which}: ${problem.message}; check that the folder exists and can be written`
}

/** The disk, the share of it that somebody may use, and the size that a file may have. */
const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"])
