import {
  findByMessage,
  findConversation,
  listConversations,
  listMessages,
  showConversation,
  showMessage,
} from './conversations.ts'
import { missing } from './errors.ts'
import { mediaNode, uploadToWhatsApp } from './media.ts'
import { postMessage, uploadAttachment } from './messaging.ts'
import { listPhones, listTemplates, showAccount, showBusiness, showProfile, subscriptions } from './nodes.ts'
import { type GraphState, pairOf } from './state.ts'
import { accountsOf, checkToken, debugToken, refreshToken } from './tokens.ts'
import type { FakeAccount, GraphCall, InstagramAccount, WhatsAppAccount } from './types.ts'
import { type Outcome, postToWhatsApp } from './whatsapp.ts'

const isWhatsApp = (account: FakeAccount): account is WhatsAppAccount => account.platform === 'whatsapp'

/** The accounts behind the first part of the path: `me`, an account's id, its page's, its business account's. */
function accountsAt(state: GraphState, call: GraphCall): FakeAccount[] {
  const [id] = call.path
  const opened = accountsOf(state, call)
  if (id === 'me') return opened.filter((account) => !isWhatsApp(account))
  return opened.filter((account) => account.id === id || otherIdsOf(account).includes(id ?? ''))
}

function otherIdsOf(account: FakeAccount): string[] {
  if (account.platform === 'whatsapp') return [account.accountId]
  if (account.platform === 'facebook') return []
  return account.login === 'page' ? [account.pageId] : [account.appScopedId ?? account.id]
}

/** A page and the Instagram account connected to it share their address: whose customer it is decides. */
function accountFor(state: GraphState, call: GraphCall, accounts: readonly FakeAccount[]): FakeAccount | undefined {
  const exact = accounts.find(({ id }) => id === call.path[0] && id !== undefined)
  const { to } = call
  const isCustomerOf = (account: FakeAccount) =>
    to !== null &&
    [state.heard, state.customers, state.conversations].some((known) => known.has(pairOf(account.id, to)))
  return accounts.find((account) => account.platform === 'instagram' && isCustomerOf(account)) ?? exact ?? accounts[0]
}

/** Finds out what a lone node of a path is, and whose account it belongs to. */
export function locate(state: GraphState, call: GraphCall): void {
  const accounts = accountsAt(state, call)
  const account = accountFor(state, call, accounts)
  const [id = '', edge] = call.path
  call.accountId = account?.id ?? null
  if (edge !== undefined || call.kind !== 'account' || account !== undefined) return
  call.accountId = accountsOf(state, call)[0]?.id ?? null
  if (state.media.has(id)) call.kind = 'media'
  else if (findConversation({ state, call }, id) !== undefined) call.kind = 'conversations'
  else if (findByMessage({ state, call }, id) !== undefined) call.kind = 'message'
  else call.kind = 'profile'
}

export async function route(state: GraphState, call: GraphCall): Promise<Outcome> {
  const refused = checkToken(state, call)
  if (refused !== undefined) return { answer: refused }
  if (call.method === 'POST') return post(state, call)
  return { answer: get(state, call) }
}

async function post(state: GraphState, call: GraphCall): Promise<Outcome> {
  const account = accountFor(state, call, accountsAt(state, call))
  const [id = '', edge] = call.path
  if (account === undefined) return { answer: missing(id, call) }
  if (edge === 'subscribed_apps') return { answer: subscriptions({ state, call }, account) }
  if (isWhatsApp(account)) {
    if (id !== account.id) return { answer: missing(id, call) }
    if (edge === 'messages') return postToWhatsApp({ state, call, account })
    return { answer: edge === 'media' ? uploadToWhatsApp(state, call, account.id) : missing(id, call) }
  }
  if (edge === 'messages') return postMessage({ state, call, account })
  return {
    answer: edge === 'message_attachments' ? await uploadAttachment({ state, call, account }) : missing(id, call),
  }
}

function get(state: GraphState, call: GraphCall): Outcome['answer'] {
  const asked = { state, call }
  const [id = '', edge] = call.path
  if (call.kind === 'debug_token') return debugToken(state, call)
  if (call.kind === 'refresh_token') return call.api === 'instagram' ? refreshToken(state, call) : missing(id, call)
  const account = accountFor(state, call, accountsAt(state, call))
  if (account !== undefined) return getOfAccount(asked, account, edge)
  const conversation = findConversation(asked, id)
  if (conversation !== undefined) {
    return edge === 'messages' ? listMessages(asked, conversation) : showConversation(asked, conversation)
  }
  return edge === undefined ? getNode(asked, id) : missing(id, call)
}

type Asked = { state: GraphState; call: GraphCall }

function getOfAccount(asked: Asked, account: FakeAccount, edge: string | undefined): Outcome['answer'] {
  const [id = ''] = asked.call.path
  if (edge === 'subscribed_apps') return subscriptions(asked, account)
  if (!isWhatsApp(account)) {
    if (edge === 'conversations') return listConversations(asked, account)
    return edge === undefined ? showAccount(asked, shownAccount(asked, account)) : missing(id, asked.call)
  }
  const isBusiness = id === account.accountId
  if (edge === 'message_templates' && isBusiness) return listTemplates(asked, account)
  if (edge === 'phone_numbers' && isBusiness) return listPhones(asked, account)
  if (edge !== undefined) return missing(id, asked.call)
  return isBusiness ? showBusiness(asked, account) : showAccount(asked, account)
}

/** `/me` and the page's own id under a page's token are the page, also where only its Instagram account is known. */
function shownAccount({ state, call }: Asked, account: FakeAccount): FakeAccount {
  if (account.platform !== 'instagram' || account.login !== 'page' || call.path[0] === account.id) return account
  const page = accountsOf(state, call).find((one) => one.platform === 'facebook')
  return page ?? pageOf(account)
}

function pageOf(account: InstagramAccount & { login: 'page' }): FakeAccount {
  return { platform: 'facebook', id: account.pageId, token: account.token, name: account.name ?? 'A page' }
}

function getNode(asked: Asked, id: string): Outcome['answer'] {
  const { state, call } = asked
  const media = state.media.get(id)
  if (media !== undefined) return mediaNode(state, call, media)
  const conversation = findByMessage(asked, id)
  if (conversation !== undefined) return showMessage(asked, conversation, id)
  const accounts = accountsOf(state, call).filter((account) => !isWhatsApp(account))
  const isOf = ({ id: accountId }: FakeAccount) =>
    state.customers.has(pairOf(accountId, id)) || state.conversations.has(pairOf(accountId, id))
  const account = accounts.find(isOf)
  return account === undefined ? missing(id, call) : showProfile(asked, account, id)
}
