import type { PushProgress } from "../hub/PushProgress.ts"
import * as Figure from "../Figure.ts"
import { showLine } from "./showLine.ts"

/** Shows on standard error how far a push is, until the scope closes. */
export const showPush = (progress: PushProgress) => showLine(() => lineOf(progress))

const lineOf = ({ bytes, path, totalBytes, trouble, what }: PushProgress): string =>
  `${what}${totalBytes === 0 ? "" : `: ${Figure.bytes(bytes)} of ${Figure.bytes(totalBytes)}`}${path === null ? "" : `, ${path}`}${trouble === null ? "" : `; waiting: ${trouble}`}`
