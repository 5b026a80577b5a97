import { invalid, missing, refusal } from './errors.ts'
import { answerNode, edge, fieldsOf, project } from './fields.ts'
import { addressOf, limitOf, pageOf } from './paging.ts'
import { type GraphState, pairOf } from './state.ts'
import type {
  Answer,
  FacebookAccount,
  FakeAccount,
  GraphCall,
  InstagramAccount,
  Json,
  WhatsAppAccount,
} from './types.ts'

type Asked = { state: GraphState; call: GraphCall }

/** GET /{account} and GET /me. */
export function showAccount(asked: Asked, account: FakeAccount): Answer {
  switch (account.platform) {
    case 'whatsapp':
      return answerNode(
        phoneNode(account),
        asked.call,
        'verified_name,code_verification_status,display_phone_number,quality_rating,id',
      )
    case 'facebook':
      return answerNode(pageNode(asked, account), asked.call, 'name,id')
    case 'instagram':
      return answerNode(instagramNode(account, asked.call), asked.call, 'id')
  }
}

/** WhatsApp Business Phone Number: fields that are known and have nothing to say here are null. */
function phoneNode(account: WhatsAppAccount): Json {
  return {
    id: account.id,
    verified_name: account.name ?? 'A business',
    display_phone_number: account.displayPhoneNumber ?? '+380 44 000 00 01',
    code_verification_status: 'VERIFIED',
    quality_rating: 'GREEN',
    quality_score: { score: 'GREEN' },
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    status: 'CONNECTED',
    name_status: 'APPROVED',
    account_mode: 'LIVE',
    is_official_business_account: false,
    is_on_biz_app: false,
    messaging_limit_tier: 'TIER_2K',
    whatsapp_business_manager_messaging_limit: 'TIER_2K',
    health_status: { can_send_message: 'AVAILABLE', entities: [] },
    webhook_configuration: null,
    last_onboarded_time: null,
    ...account.phone,
  }
}

function pageNode({ state }: Asked, account: FacebookAccount): Json {
  const connected = state.accounts.find(
    (one): one is InstagramAccount => one.platform === 'instagram' && one.login === 'page' && one.pageId === account.id,
  )
  return {
    id: account.id,
    name: account.name ?? 'A page',
    category: 'Translator',
    link: `https://www.facebook.com/${account.id}`,
    username: null,
    instagram_business_account: connected === undefined ? null : { id: connected.id },
    conversations: edge(() => null),
  }
}

function instagramNode(account: InstagramAccount, call: GraphCall): Json {
  const common = {
    username: account.username ?? 'business',
    name: account.name ?? 'A business',
    profile_picture_url: null,
    followers_count: 10,
    follows_count: 10,
    media_count: 3,
  }
  // Only its own host knows two ids of one account: `id` for this app, `user_id` for the professional account.
  if (call.api !== 'instagram') return { id: account.id, ig_id: null, ...common }
  const id = account.login === 'instagram' ? (account.appScopedId ?? account.id) : account.id
  return { id, user_id: account.id, account_type: 'BUSINESS', ...common }
}

/** GET /{person}: a profile, where the person let us see it. */
export function showProfile({ state, call }: Asked, account: FakeAccount, id: string): Answer {
  const customer = state.customers.get(pairOf(account.id, id))
  if (customer === undefined && !state.conversations.has(pairOf(account.id, id))) return missing(id, call)
  if (customer?.name === undefined) {
    if (account.platform === 'instagram') return refusal({ code: 230 }, { call })
    return refusal({ code: 100, subcode: 2_018_218, message: 'No profile available for this user.' }, { call })
  }
  const picture = customer.pictureUrl ?? null
  if (account.platform === 'instagram') {
    const { name, username = `user${id}` } = customer
    const relation = { is_user_follow_business: false, is_business_follow_user: false, is_verified_user: false }
    return answerNode(
      { id, name, username, profile_pic: picture, follower_count: 12, ...relation },
      call,
      'id,name,username',
    )
  }
  const [first_name, ...rest] = customer.name.split(' ')
  const node = {
    id,
    name: customer.name,
    first_name,
    last_name: rest.join(' '),
    profile_pic: picture,
    locale: null,
    timezone: null,
    gender: null,
  }
  return answerNode(node, call, 'first_name,last_name,profile_pic,id')
}

/** GET and POST /{account}/subscribed_apps: which webhooks arrive. */
export function subscriptions({ state, call }: Asked, account: FakeAccount): Answer {
  if (call.method === 'POST') {
    const asked = call.body['subscribed_fields'] ?? call.query.get('subscribed_fields')
    if (account.platform !== 'whatsapp' && typeof asked === 'string') account.subscribedFields = asked.split(',')
    return { status: 200, body: { success: true } }
  }
  const { id, name } = state.options.app
  const link = `https://www.facebook.com/games/?app_id=${id}`
  if (account.platform === 'whatsapp') {
    const data = (account.subscribedApps ?? [id]).map((one) => ({
      whatsapp_business_api_data: { id: one, name, link },
    }))
    return { status: 200, body: { data } }
  }
  const fields = account.subscribedFields ?? usualFields[account.platform]
  const data = fields.length === 0 ? [] : [{ category: 'Business', link, name, id, subscribed_fields: fields }]
  return { status: 200, body: { data } }
}

const usualFields = {
  facebook: [
    ...['messages', 'messaging_postbacks', 'messaging_referrals', 'message_deliveries', 'message_reads'],
    ...['message_echoes', 'message_reactions', 'message_edits'],
  ],
  instagram: [
    ...['messages', 'messaging_postbacks', 'messaging_referral', 'messaging_seen', 'message_reactions', 'message_edit'],
  ],
}

/** GET /{business account}/message_templates: "WhatsApp Business Account, Message Templates". */
export function listTemplates({ call }: Asked, account: WhatsAppAccount): Answer {
  const status = call.query.get('status')
  const rows = (account.templates ?? []).filter((one) => status === null || (one.status ?? 'APPROVED') === status)
  const fields = fieldsOf(call, 'name,components,language,status,category,id')
  if (fields === null) return invalid('Syntax error in the field "fields"', { call })
  const node = (template: (typeof rows)[number], index: number): Json => {
    const { name, language, category = 'UTILITY', components } = template
    const state = template.status ?? 'APPROVED'
    const whole = {
      id: `7${index}`,
      name,
      language,
      category,
      status: state,
      components,
      parameter_format: 'POSITIONAL',
      quality_score: null,
      rejected_reason: null,
    }
    const projected = project(whole, fields, call)
    return 'node' in projected ? projected.node : {}
  }
  const query = { fields: call.query.get('fields'), status, after: call.query.get('after') }
  const address = addressOf(call, [account.accountId, 'message_templates'], query)
  const page = pageOf({ rows, node, limit: limitOf(call, 25, 250), address })
  return page === null ? invalid('Invalid cursors values', { call }) : { status: 200, body: page }
}

/** GET /{business account}. */
export function showBusiness({ call }: Asked, account: WhatsAppAccount): Answer {
  const node = {
    id: account.accountId,
    name: account.name ?? 'A business',
    timezone_id: '1',
    account_review_status: 'APPROVED',
    message_template_namespace: 'fake',
  }
  return answerNode(node, call, 'id,name,timezone_id,message_template_namespace')
}

/** GET /{business account}/phone_numbers. */
export function listPhones({ state, call }: Asked, account: WhatsAppAccount): Answer {
  const phones = state.accounts.filter(
    (one): one is WhatsAppAccount => one.platform === 'whatsapp' && one.accountId === account.accountId,
  )
  const fields = fieldsOf(call, 'verified_name,display_phone_number,id,quality_rating')
  if (fields === null) return invalid('Syntax error in the field "fields"', { call })
  const projected = phones.map((phone) => project(phoneNode(phone), fields, call))
  const refused = projected.find((one) => 'refused' in one)
  if (refused !== undefined) return refused.refused
  return { status: 200, body: { data: projected.flatMap((one) => ('node' in one ? [one.node] : [])) } }
}
