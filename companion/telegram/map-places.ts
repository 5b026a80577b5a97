import type { tl } from '@mtcute/core'
import type { Media } from './media.ts'
import { compact, type Details } from './map-context.ts'

// People and places that are passed on.

export function contactBody(contact: tl.RawMessageMediaContact): Media {
  const name = [contact.firstName, contact.lastName].filter(Boolean).join(' ').trim()
  const phone = contact.phoneNumber ? [{ phone: withPlus(contact.phoneNumber) }] : []
  const card = compact({
    name: { formatted_name: name },
    phones: phone,
    user_id: contact.userId > 0 ? String(contact.userId) : undefined,
    vcard: contact.vcard?.slice(0, 4096),
  })
  const word = name || phone[0]?.phone || 'Contact'
  return { type: 'contacts', word, isOwnWord: true, details: { contacts: [card] } }
}

/** Telegram leaves the plus out as often as not. */
const withPlus = (phone: string): string => (/^\d{7,15}$/.test(phone) ? `+${phone}` : phone)

type Place = tl.RawMessageMediaGeo | tl.RawMessageMediaGeoLive | tl.RawMessageMediaVenue

export function placeBody(media: Place): Media {
  const point = pointOf(media.geo)
  const labels = media._ === 'messageMediaVenue' ? { name: media.title, address: media.address } : {}
  const said = Object.values(labels).filter(Boolean)
  const isLive = media._ === 'messageMediaGeoLive'
  const coordinates = point === null ? '' : `${point.latitude}, ${point.longitude}`
  const place = said.length > 0 ? said.join(', ') : coordinates
  const location = compact({
    ...point,
    ...labels,
    live: isLive ? true : undefined,
    live_seconds: isLive ? media.period : undefined,
    heading: isLive ? media.heading : undefined,
  })
  const word = [isLive ? 'Live location' : '', place || 'Location'].filter(Boolean).join(': ')
  return { type: 'location', word, isOwnWord: true, details: { location } }
}

function pointOf(geo: tl.TypeGeoPoint | undefined): (Details & { latitude: number; longitude: number }) | null {
  if (geo?._ !== 'geoPoint' || Math.abs(geo.lat) > 90 || Math.abs(geo.long) > 180) return null
  return { latitude: geo.lat, longitude: geo.long, accuracy: geo.accuracyRadius }
}
