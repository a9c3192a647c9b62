import { statsIfThere } from "./statsIfThere.ts"

/** Whether a path names a folder; one that no file system takes, such as one that is too long, does not. */
export const isFolder = (place: string): boolean => statsIfThere(place)?.isDirectory() === true
