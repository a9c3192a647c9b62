/** How numbers are written for people: see `src/Figure.ts`. */
export * from "../Figure.ts"
