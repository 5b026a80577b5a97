/** What mail programs write before the subject of an answer, in the languages of our customers' correspondents. */
const replyWords =
  're|aw|sv|vs|antw|odp|odpo|odg|ref|r|res|rif|ynt|vá|отв|ответ|відп|від|відповідь|回复|回覆|答复|返信|답장'
const forwardWords =
  'fwd|fw|wg|tr|rv|enc|i|pd|pdl|vl|doorst|ilt|továbbítás|пересл|переслано|переслане|пер|转发|轉寄|転送|전달'
const counter = String.raw`(?:\s*[[(]?\d{1,3}[\])]?)?`
const reply = new RegExp(String.raw`^\s*(?:${replyWords})${counter}\s*[:：]`, 'iu')
const forward = new RegExp(String.raw`^\s*(?:${forwardWords})${counter}\s*[:：]`, 'iu')
/** `[list-name]`, `[EXTERNAL]`, `[Ticket 5]`. */
const tag = /^\s*\[[^\]]{1,40}\]/

/** Whether a mail says of itself that it answers another. */
export function hasReplyPrefix(subject: string): boolean {
  return reply.test(subject.replace(tag, ''))
}

export function hasForwardPrefix(subject: string): boolean {
  return forward.test(subject.replace(tag, ''))
}

/** A subject without what answering and forwarding add to it, for comparison only. */
export function subjectKey(subject: string): string {
  let rest = subject
  for (let before = ''; before !== rest;) {
    before = rest
    rest = rest.replace(reply, '').replace(forward, '').replace(tag, '')
  }
  return rest.replaceAll(/\s+/g, ' ').trim().toLowerCase()
}
