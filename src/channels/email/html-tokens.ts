import { Tokenizer } from 'htmlparser2'

export type HtmlReader = {
  /** `name` is lower-case, and so are the names of attributes, of which the first of each counts. */
  open(name: string, attributes: ReadonlyMap<string, string>): void
  close(name: string): void
  text(text: string): void
}

/**
 * Reads HTML tag by tag. Nobody keeps a stack here, as that is what makes parsers slow on tags opened a hundred thousand
 * times: the time taken is in proportion to the text, whatever it is.
 */
export function readHtml(html: string, reader: HtmlReader): void {
  let name = ''
  let attributes = new Map<string, string>()
  let attribute = ''
  let value = ''
  const opened = () => reader.open(name, attributes)
  const ignore = () => undefined
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        name = html.slice(start, end).toLowerCase()
        attributes = new Map()
      },
      onattribname(start, end) {
        attribute = html.slice(start, end).toLowerCase()
        value = ''
      },
      onattribdata(start, end) {
        value += html.slice(start, end)
      },
      onattribentity(codePoint) {
        value += String.fromCodePoint(codePoint)
      },
      onattribend() {
        if (!attributes.has(attribute)) attributes.set(attribute, value)
      },
      onopentagend: opened,
      onselfclosingtag: opened,
      onclosetag(start, end) {
        reader.close(html.slice(start, end).toLowerCase())
      },
      ontext(start, end) {
        reader.text(html.slice(start, end))
      },
      ontextentity(codePoint) {
        reader.text(String.fromCodePoint(codePoint))
      },
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onprocessinginstruction: ignore,
      onend: ignore,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
}
