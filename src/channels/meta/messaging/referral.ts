import { pick } from '../details.ts'
import { compact, isObject, type Json, numeralOf } from '../wire.ts'

const fields = ['ref', 'source', 'type', 'referer_uri', 'is_guest_user']
const adFields = ['ad_title', 'photo_url', 'video_url', 'post_id', 'product_id']

/** What brought a customer here: an ad, a link, a product page. */
export function referralOf(value: unknown): Json | undefined {
  if (!isObject(value)) return undefined
  const referral = compact({
    ...pick(value, fields),
    ad_id: numeralOf(value['ad_id']),
    ads_context_data: pick(value['ads_context_data'], adFields),
    product: pick(value['product'], ['id']),
  })
  return Object.keys(referral).length > 0 ? referral : undefined
}
