import type { InputFile } from "./inputFiles.ts"

/** Whether files say their splits themselves, so that no column does: by more than one word of their names, or several of them. */
export const splitsAreTold = (files: ReadonlyArray<InputFile>): boolean =>
  files.some(({ by }) => by !== null && by !== "word") || new Set(files.map(({ split }) => split)).size > 1
