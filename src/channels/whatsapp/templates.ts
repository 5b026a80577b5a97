import { openGraph, ownFailure } from '../meta/graph.ts'
import { pagesOf } from '../meta/graph-paging.ts'
import { isObject, type Json, listOf, textOf } from '../meta/wire.ts'
import type { MessageTemplate, PlatformAnswer, PlatformIo } from '../outbound.ts'

/** An account has at most 6,000 templates. */
const perPage = 100
const maxPages = 60

/** "Message templates" of the business account: those that may be sent now. */
export async function templates(io: PlatformIo): Promise<PlatformAnswer<MessageTemplate[]>> {
  const { accountId } = io.channel
  if (accountId === null) {
    const title = 'The WhatsApp Business Account of this number is not known yet'
    return { ok: false, ...ownFailure('platform', 'account.unknown', title) }
  }
  const access = openGraph(io)
  if (!access.ok) return access
  const query = { fields: 'name,language,category,status,components', status: 'APPROVED', limit: String(perPage) }
  const request = { path: [accountId, 'message_templates'], query }
  const found: MessageTemplate[] = []
  for await (const page of pagesOf(access.value, request, maxPages)) {
    if (!page.ok) return page
    found.push(...page.value.flatMap(templateOf))
  }
  return { ok: true, value: found }
}

function templateOf(value: unknown): MessageTemplate[] {
  if (!isObject(value) || value['status'] !== 'APPROVED') return []
  const name = textOf(value['name'], 512)
  const language = textOf(value['language'], 35)
  if (name === undefined || language === undefined) return []
  const components = listOf(value['components']).filter(isObject)
  const partOf = (type: string) => components.find((component) => component['type'] === type)
  const buttons = listOf(partOf('BUTTONS')?.['buttons']).filter(isObject)
  return [
    {
      name,
      language,
      category: textOf(value['category'], 64) ?? '',
      header: textIn(partOf('HEADER')),
      body: textIn(partOf('BODY')) ?? '',
      footer: textIn(partOf('FOOTER')),
      buttons: buttons.flatMap((button) => textIn(button) ?? []),
    },
  ]
}

/** A header may be a picture, and then it has no text. */
function textIn(component: Json | undefined): string | null {
  return textOf(component?.['text'], 4096) ?? null
}
