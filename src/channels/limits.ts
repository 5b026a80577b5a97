import type { OutboundFile, OutboundLimits, OutboundMessage, PlatformFailure } from './outbound.ts'

type Draft = Pick<OutboundMessage, 'content' | 'template' | 'buttons'> & {
  attachments: readonly Pick<OutboundFile, 'type' | 'mimeType' | 'size'>[]
}

/** Why a platform does not take this message, by its limits; null when it does. */
export function problemOf(draft: Draft, limits: OutboundLimits): PlatformFailure | null {
  if (draft.template !== undefined)
    return limits.hasTemplates ? null : problem('template.unsupported', 'This platform has no templates')
  return attachmentsProblem(draft, limits) ?? textProblem(draft, limits) ?? buttonsProblem(draft, limits)
}

function problem(code: string, title: string): PlatformFailure {
  return { error: { code, title, details: null, kind: 'content' } }
}

function attachmentsProblem({ attachments }: Draft, limits: OutboundLimits): PlatformFailure | null {
  if (attachments.length > limits.attachments)
    return problem('message.too_many_attachments', `At most ${limits.attachments} files fit into one message`)
  for (const { type, mimeType, size } of attachments) {
    const largest = limits.fileBytes[type]
    const allowed = limits.mimeTypes?.[type]
    if (largest === undefined || allowed?.includes(baseType(mimeType)) === false)
      return problem('attachment.unsupported_type', `A file of the type ${mimeType} cannot be sent as ${type}`)
    if (size > largest) return problem('attachment.too_large', `A file may have at most ${largest} bytes as ${type}`)
  }
  const total = attachments.reduce((sum, { size }) => sum + size, 0)
  if (total > (limits.totalFileBytes ?? Number.POSITIVE_INFINITY))
    return problem('attachment.too_large', `All files together may have at most ${limits.totalFileBytes} bytes`)
  return null
}

/** `audio/ogg; codecs=opus` is an `audio/ogg`. */
function baseType(mimeType: string): string {
  return (mimeType.split(';')[0] ?? '').trim().toLowerCase()
}

function textProblem({ content, attachments, buttons }: Draft, limits: OutboundLimits): PlatformFailure | null {
  const [file] = attachments
  if (content === '') return file === undefined ? problem('message.empty', 'There is nothing to send') : null
  const longest = buttons === undefined ? limits.text : (limits.textWithButtons ?? limits.text)
  if (file === undefined) return lengthProblem(content, longest, limits.unit)
  if (limits.caption === null || limits.captionless?.includes(file.type) === true)
    return problem('message.caption_unsupported', 'This file cannot carry a text; send the text by itself')
  return lengthProblem(content, Math.min(limits.caption, longest), limits.unit)
}

function lengthProblem(text: string, max: number, unit: OutboundLimits['unit']): PlatformFailure | null {
  const length = unit === 'bytes' ? new TextEncoder().encode(text).byteLength : text.length
  return length > max ? problem('message.too_long', `The text may have at most ${max} ${unit}`) : null
}

function buttonsProblem({ buttons, content }: Draft, limits: OutboundLimits): PlatformFailure | null {
  if (buttons === undefined) return null
  if (buttons.length > limits.buttons)
    return problem('message.too_many_buttons', `At most ${limits.buttons} buttons fit into one message`)
  if (buttons.some(({ title }) => title.length > limits.buttonTitle))
    return problem('button.too_long', `A button may have at most ${limits.buttonTitle} characters`)
  return content === '' ? problem('message.empty', 'Buttons need a text above them') : null
}
