/** How mail programs announce what they quote, in the languages their users have set. Case does not matter anywhere. */

const alternatives = (list: string) =>
  list
    .split('|')
    .map((one) => one.trim())
    .join('|')

/** "Wrote", as it stands before the colon or before the name. */
const wrote = alternatives(`
  wrote|writes|wrote the following|пише|писав|писала|писав\\(ла\\)|написав|написала|написав\\(-?ла\\)|пише\\(-те\\)|
  пишет|писал|писала|писал\\(а\\)|написал|написала|написал\\(а\\)|schrieb|schreibt|geschrieben|a écrit|écrit|écrivait|
  escribió|ha escrito|escribe|napisał|napisała|napisał\\(a\\)|napisał\\(-?a\\)|pisze|napisana przez|ha scritto|
  escreveu|schreef|heeft geschreven|skrev|napsal|napsal\\(a\\)|napísal|napísal\\(a\\)|yazdı|kirjoitti|írta|a scris|напісаў`)

/** What such a line begins with where it does not begin with a day or a number. */
const openings = alternatives(`
  on|am|le|el|em|il|il giorno|op|den|w dniu|dnia|dne|dňa|pe|la|på|wiadomość|at|from|від|от|von|de|od`)

/** A sentence of this kind: opening or day, … , wrote: */
const announced = new RegExp(
  String.raw`^(?:(?:${openings})\s|\p{L}{2,14}[.,]{0,2}\s+\d|\d{1,4}[./\-年\s]).{4,300}(?<![\p{L}])(?:${wrote})(?![\p{L}]).{0,200}:$`,
  'iu',
)
/** A name or an address alone: `Jane <jane@example.com> wrote:`. */
const namedOnly = new RegExp(String.raw`^[^:]{2,200}[\w>)»"]\s+(?:${wrote})\s?:$`, 'iu')
/** Apple Mail in Polish. */
const writtenBy = /^wiadomość napisana przez\s.{2,300}:$/iu
/** Programs that name day, time and address and leave it at that: Gmail in Russian, Yandex, mail.ru, ukr.net, Japanese. */
const datedOnly =
  /^(?=.{0,200}(?:19|20)\d\d)(?=.{0,200}\d{1,2}:\d{2}).{8,300}[<(][^\s<>()@]{1,80}@[^\s<>()@]{1,120}[>)]\s?:$/u
/** What keeps a sentence of the writer's own ("As Jane wrote:") from being taken for one: a day, a time or an address. */
const particular = /\d{1,2}[:.]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|[^\s<>]@[^\s<>]/

/** Whether a line, as joined from up to four, announces a quotation. `isWhole`: it has its own beginning. */
export function announcement(line: string): { isWhole: boolean } | null {
  if (line.length > 500 || !particular.test(line)) return null
  if (announced.test(line) || datedOnly.test(line) || writtenBy.test(line)) return { isWhole: true }
  return namedOnly.test(line) ? { isWhole: false } : null
}

const original = alternatives(`
  original message|original appointment|reply message|message d'origine|message d’origine|message original|
  ursprüngliche nachricht|original-nachricht|originalnachricht|mensaje original|mensagem original|messaggio originale|
  oryginalna wiadomość|wiadomość oryginalna|исходное сообщение|оригинальное сообщение|первоначальное сообщение|
  вихідне повідомлення|оригінальне повідомлення|початкове повідомлення|oorspronkelijk bericht|původní zpráva|
  original meddelelse|ursprungligt meddelande|alkuperäinen viesti|eredeti üzenet|mesaj original`)
const originalLine = new RegExp(String.raw`^[-_=–—* ]{2,}\s*(?:${original})\s*[-_=–—* ]{2,}$`, 'iu')

/** `-----Original Message-----` and its like. */
export function isOriginalMark(line: string): boolean {
  return line.length < 120 && originalLine.test(line)
}

const forwarded = alternatives(`
  forwarded message|begin forwarded message|forwarded by|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|
  message transféré|début du message transféré|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|
  messaggio inoltrato|przekazana wiadomość|początek przekazanej wiadomości|wiadomość przekazana|
  пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение|начало переадресованного сообщения|
  переслане повідомлення|пересилане повідомлення|початок переспрямованого листа`)
const forwardedLine = new RegExp(String.raw`^[-_=–—* ]*(?:${forwarded})(?![\p{L}]).{0,60}$`, 'iu')

/** What follows is no quotation but what its sender wants read. */
export function isForwardMark(line: string): boolean {
  return line.length < 120 && forwardedLine.test(line)
}

const fieldNames = {
  from: alternatives('from|von|de|от|від|od|da|van|från|fra|lähettäjä|feladó|de la|кто'),
  others: alternatives(`
    sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|envoyé le|à|objet|enviado|enviado el|fecha|para|asunto|
    отправлено|дата|кому|копия|тема|надіслано|надсилання|копія|wysłano|wysłane|data|do|dw|temat|inviato|a|oggetto|
    verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|відправлено`),
}
const fromField = new RegExp(String.raw`^[*_]{0,2}(?:${fieldNames.from})\s?:[*_]{0,2}\s*\S`, 'iu')
const otherField = new RegExp(String.raw`^[*_]{0,2}(?:${fieldNames.others})\s?:[*_]{0,2}(?:\s|$)`, 'iu')

/** Outlook repeats the header of what it quotes: From, then Sent, To, Subject within a few lines. */
export function isHeaderBlock(lines: readonly string[], at: number): boolean {
  if (!fromField.test((lines[at] ?? '').trim())) return false
  return lines.slice(at + 1, at + 8).filter((line) => otherField.test(line.trim())).length >= 2
}

/** The rule that Outlook draws above it. */
export function isRule(line: string): boolean {
  return /^[_\-=—–]{5,}$/.test(line)
}
