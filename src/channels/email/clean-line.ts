import { cleanText } from '../../lib/text.ts'

/** Marks that turn the direction of what follows: `gpj.exe` is then read as `exe.jpg`. */
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/** Foreign text made fit for one line: no control characters, no direction marks, no NUL, no lone surrogates. */
export function cleanLine(text: string, max: number): string {
  const line = text.replaceAll('\0', '').replaceAll(controls, ' ').replaceAll(directionMarks, '')
  return cleanText(line.trim(), max)
}
