import { describe, expect, it } from 'vitest'
import * as read from '../../../src/ui/rules/details.ts'

const junk: Record<string, unknown>[] = [
  {},
  { location: null, contacts: 'x', order: 7, referral: [], story: false, interactive: null },
  { location: { latitude: 'NaN', longitude: {} }, contacts: [null, 3, 'x'], order: { product_items: [null] } },
  { latitude: 91, longitude: 0 },
  { latitude: 0, longitude: Number.POSITIVE_INFINITY },
]

describe('readers of details', () => {
  it('take nothing from junk, and do not stumble over it', () => {
    for (const details of junk) {
      expect(read.readPlace(details)).toBeNull()
      expect(read.readContacts(details)).toEqual([])
      expect(read.readOrder(details)).toEqual([])
      expect(read.readReferral(details)).toBeNull()
      expect(read.readLink(details)).toBeNull()
      expect(read.readChoice(details)).toBe('')
      expect(read.readSubject(details)).toBe('')
    }
  })
  it('find a place, nested or flat, also at zero', () => {
    const place = { latitude: 50.45, longitude: 30.52, name: 'Notary', address: 'Kyiv' }
    expect(read.readPlace({ location: place })).toEqual({ ...place, isLive: false })
    expect(read.readPlace({ location: { ...place, live: true } })).toMatchObject({ isLive: true })
    expect(read.readPlace({ latitude: 0, longitude: 0 })).toMatchObject({ latitude: 0, longitude: 0 })
  })
  it('find names, numbers and addresses of contact cards', () => {
    const card = {
      name: { formatted_name: 'Ihor' },
      phones: [{ phone: '+380' }, {}],
      emails: [{ email: 'a@b.example' }],
    }
    expect(read.readContacts({ contacts: [card] })).toEqual([{ name: 'Ihor', lines: ['+380', 'a@b.example'] }])
    expect(read.readContacts({ contact: { first_name: 'A', last_name: 'B', phone_number: '1' } })).toEqual([
      { name: 'A B', lines: ['1'] },
    ])
  })
  it('find the lines of an order', () => {
    const items = [{ product_retailer_id: 'page', quantity: '3', item_price: 450, currency: 'UAH' }]
    expect(read.readOrder({ order: { product_items: items } })).toEqual([
      { name: 'page', quantity: 3, price: '450 UAH' },
    ])
  })
  it('give a referral without its address when that is not http', () => {
    const referral = { headline: 'Ad', source_url: 'javascript:alert(1)' }
    expect(read.readReferral({ referral })).toEqual({ headline: 'Ad', body: '', href: null })
  })
})

describe('safePath', () => {
  it('lets only paths on this host through', () => {
    expect(read.safePath('/api/v1/communications/attachments/1')).toBe('/api/v1/communications/attachments/1')
    for (const url of [
      '//evil.example/x',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '',
      null,
    ]) {
      expect(read.safePath(url)).toBeNull()
    }
  })
})
