import type { WrittenFile } from "../Sink.ts"

/** Says whether a file is of rows, be they none; what lies beside data as JSON, such as `dataset_info.json`, describes them. */
export const holdsRows = ({ path }: Pick<WrittenFile, "path">): boolean => !path.endsWith(".json")
