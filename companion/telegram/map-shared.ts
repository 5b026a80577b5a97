import type { tl } from '@mtcute/core'
import type { Media } from './media.ts'
import { compact, type Details } from './map-context.ts'
import { markedId } from './map-ids.ts'

// What people pass on besides files, places and people: links, games, bills, stories, lists.

const maxLine = 300

/** A look at the page that a link in the text leads to. */
export function linkShare(page: tl.TypeWebPage): Details {
  if (page._ !== 'webPage') return {}
  const title = [page.siteName, page.title].filter(Boolean).join(': ').slice(0, maxLine)
  const description = page.description?.slice(0, 1000)
  return title === '' && !description ? {} : { share: compact({ kind: 'link', title, description, url: page.url }) }
}

export function gameShare(game: tl.TypeGame): Details {
  return { share: compact({ kind: 'game', title: game.title, description: game.description?.slice(0, 1000) }) }
}

export function diceWords({ emoticon, value }: tl.RawMessageMediaDice): string {
  return value > 0 ? `${emoticon} ${value}` : emoticon
}

/** A bill, as it is shown before it is paid. */
export function invoiceBody(invoice: tl.RawMessageMediaInvoice): Media {
  const price = amountOf(invoice.totalAmount, invoice.currency)
  const item = { name: invoice.title, quantity: 1, price, currency: invoice.currency }
  const state = invoice.receiptMsgId === undefined ? 'Invoice' : 'Paid invoice'
  return {
    type: 'order',
    word: `${state}: ${[invoice.title, `${price} ${invoice.currency}`].filter(Boolean).join(', ')}`,
    isOwnWord: true,
    details: { order: compact({ items: [item], description: invoice.description?.slice(0, 1000) }) },
  }
}

/** Telegram counts in the smallest unit of a currency; how many places that are, the currency decides. */
export function amountOf(total: tl.Long, currency: string): string {
  const places = currency === 'XTR' ? 0 : placesOf(currency)
  return (Number(total) / 10 ** places).toFixed(places)
}

function placesOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    // No currency that anybody knows.
    return 2
  }
}

/** A story is gone after a day, and only its author shows it: what stays is that there was one. */
export function storyShare({ peer, id, viaMention, story }: tl.RawMessageMediaStory): Media {
  const caption = story?._ === 'storyItem' ? (story.caption ?? '').slice(0, maxLine) : ''
  const kind = viaMention === true ? 'mention' : 'shared'
  return {
    type: 'story',
    word: viaMention === true ? 'Story mention' : 'Shared story',
    details: { story: compact({ kind, id: String(id), peer: String(markedId(peer)), title: caption }) },
  }
}

export function giveawayWords(media: tl.RawMessageMediaGiveaway | tl.RawMessageMediaGiveawayResults): string {
  const prize =
    media.prizeDescription ?? (media.stars === undefined ? 'Telegram Premium' : `${String(media.stars)} Stars`)
  if (media._ === 'messageMediaGiveaway') return `Giveaway: ${media.quantity} × ${prize}`
  return `Giveaway ended: ${media.winnersCount} won ${prize}`
}

/** A list of things to do, with who has done what. */
export function todoBody({ todo, completions }: tl.RawMessageMediaToDo): Media {
  const done = new Set((completions ?? []).map(({ id }) => id))
  const items = todo.list.slice(0, 100).map(({ id, title }) => ({ text: title.text, is_done: done.has(id) }))
  const lines = items.map(({ text, is_done }) => `${is_done ? '☑' : '☐'} ${text}`)
  return {
    type: 'interactive',
    word: [`List: ${todo.title.text}`, ...lines].join('\n'),
    isOwnWord: true,
    details: { todo: { title: todo.title.text, items } },
  }
}
