/** Computes `log(1 / (1 + exp(-x)))` without overflow, to full relative precision for large `|x|`. */
export const logSigmoid = (x: number): number => (x >= 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x)))
