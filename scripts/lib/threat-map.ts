/** Where a row is tested: a file under test/ and a part of a test's title. */
export type NamedTest = { file: string; title: string }

/** One row of docs/threats.md. `note` is what its last cell says besides tests: why there is none, or what is open. */
export type ThreatRow = { number: number; attack: string; tests: NamedTest[]; note: string }

const rowForm = /^\|\s*(\d+)\s*\|([^|]+)\|([^|]+)\|([^|]+)\|\s*$/
const testForm = /`([\w./-]+\.test\.tsx?) › ([^`]+)`/g
const titleForm =
  /(?:\b(?:it|test)(?:\.\w+)?|\))\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)\s*,/g

/** The rows of every table of the document, in the order they stand there. */
export function readThreatRows(document: string): ThreatRow[] {
  return document.split('\n').flatMap((line) => {
    const [, number, attack = '', , last = ''] = rowForm.exec(line) ?? []
    if (number === undefined) return []
    const tests = [...last.matchAll(testForm)].map(([, file = '', title = '']) => ({ file, title }))
    const note = last.replaceAll(testForm, '').replaceAll(/<br>/g, ' ').replaceAll(/\s+/g, ' ').trim()
    return [{ number: Number(number), attack: attack.trim(), tests, note }]
  })
}

/** The titles of a test file as they are written, `%s` and all. */
export function titlesIn(source: string): string[] {
  return [...source.matchAll(titleForm)].map(([, single, double, template]) => single ?? double ?? template ?? '')
}

type MissingTest = { row: number; test: NamedTest; problem: 'no such file' | 'no such test' }

/** The tests that the rows name and that do not exist. `read` gives a file of test/, or null when there is none. */
export function findMissingTests(rows: readonly ThreatRow[], read: (file: string) => string | null): MissingTest[] {
  const problemOf = ({ file, title }: NamedTest): MissingTest['problem'] | null => {
    const source = read(file)
    if (source === null) return 'no such file'
    return titlesIn(source).some((one) => one.includes(title)) ? null : 'no such test'
  }
  return rows.flatMap(({ number, tests }) =>
    tests.flatMap((test) => {
      const problem = problemOf(test)
      return problem === null ? [] : [{ row: number, test, problem }]
    }),
  )
}
