import { expect, it } from 'vitest'
import { createTexts } from '../../../src/ui/i18n/texts.ts'
import { platformName, platformsOf } from '../../../src/ui/rules/platforms.ts'
import { channel } from '../build.ts'

const { t } = createTexts('uk')
const on = (...platforms: string[]) => platforms.map((platform) => channel({ platform }))

it('calls a platform by its name, and one it does not know by its own word', () => {
  expect(platformName('email', t)).toBe('Електронна пошта')
  expect(platformName('pigeon', t)).toBe('Pigeon')
  expect(platformName('carrier_pigeon', t)).toBe('Carrier pigeon')
})

it('lists the platforms of the channels once each, the known ones first and in their order', () => {
  const channels = on('viber', 'email', 'pigeon', 'whatsapp', 'email', 'pigeon', 'telegram')
  expect(platformsOf(channels)).toEqual(['whatsapp', 'telegram', 'email', 'pigeon', 'viber'])
  expect(platformsOf([])).toEqual([])
})

it('keeps the platform that is chosen, also without a channel', () => {
  expect(platformsOf(on('email'), 'facebook')).toEqual(['facebook', 'email'])
  expect(platformsOf(on('email'), 'email')).toEqual(['email'])
})
