import * as Effect from "effect/Effect"
import { isUnfinished } from "../OwnFiles.ts"
import { type SourceError, sourceError } from "./SourceError.ts"

/** Fails for a folder in which a run or a conversion has begun and left no manifest yet: nobody can say there which files belong together. */
export const checkFinished = (folder: string): Effect.Effect<void, SourceError> =>
  Effect.suspend(() =>
    isUnfinished(folder)
      ? sourceError(
          folder,
          "no manifest.json, which the run or the conversion that writes there leaves once it has finished",
          "that of a finished one; give its command again, or name the files"
        )
      : Effect.void
  )
