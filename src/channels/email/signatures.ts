const devices =
  'iphone|ipad|ios|android|samsung|huawei|xiaomi|galaxy|blackberry|windows phone|pixel|poco|redmi|nokia|телефон|смартфон|планшет|мобіл|мобил'
const programs =
  'outlook|gmail|yahoo|proton ?mail|thunderbird|mail\\.ru|почт[аыу]|пошт[аиу]|yandex|яндекс|bluemail|spark|aqua ?mail|mymail|ukr\\.net|aol|mailbird|email|handy|mobile|smartphone|phone|tablet'
const sentWords =
  'sent (?:from|via|with|using)|get outlook|отправлено (?:с|из)|надіслано (?:з|із)|отрима(?:ти|йте) outlook|завантажити outlook|скачать outlook|von meinem .{1,40} gesendet|gesendet (?:von|mit)|diese nachricht wurde von|outlook für|envoyé (?:de|depuis|à partir)|obtenir outlook|télécharger outlook|enviado (?:desde|do|de)|obtener outlook|obter o outlook|wysłan[eoa] z|pobierz (?:aplikację )?outlook|wysłano z|inviato da|scarica outlook|verstuurd vanaf|verzonden vanaf|skickat från|sendt fra'
const deviceLine = new RegExp(String.raw`^[\s*_-]*(?:${sentWords})(?=.*(?:${devices}|${programs})).{0,120}$`, 'iu')
const wholeLine = /^[\s*_-]*(?:von meinem .{1,40} gesendet|sent from my \S.{0,40})\.?$/iu

/** Longer endings after two hyphens are text that happens to be divided that way. */
const maxSignatureLines = 25

/** Whether a line is what a telephone or a mail program adds about itself. */
export function isDeviceLine(line: string): boolean {
  return line.length < 200 && (deviceLine.test(line) || wholeLine.test(line))
}

/** The lines of an answer without the signature below them. */
export function withoutSignature(lines: readonly string[]): string[] {
  const kept = withoutDeviceLines(lines)
  const mark = kept.findLastIndex((line) => line === '-- ' || line === '--' || line === '—')
  const isSignature =
    mark > 0 && kept.length - mark <= maxSignatureLines && kept.slice(0, mark).some((line) => line.trim() !== '')
  return isSignature ? withoutDeviceLines(kept.slice(0, mark)) : kept
}

function withoutDeviceLines(lines: readonly string[]): string[] {
  let end = lines.length
  for (;;) {
    while (end > 0 && (lines[end - 1] ?? '').trim() === '') end--
    if (end === 0 || !isDeviceLine(lines[end - 1] ?? '')) break
    end--
  }
  return lines.slice(0, end)
}
