import type { Texts } from '../i18n/texts.ts'
import type { DeviceApi, NotificationMedium } from '../types.ts'

type Reach = Awaited<ReturnType<DeviceApi['testNotification']>>['reach']

/** What a test reached, medium by medium, and why not the others. */
export function reachLines(
  reach: Reach,
  media: readonly NotificationMedium[],
  t: Texts['t'],
): readonly { medium: NotificationMedium; isReached: boolean; text: string }[] {
  return media.map((medium) => {
    const refusal = reach.refused[medium]
    if (reach.media.includes(medium)) return { medium, isReached: true, text: reachedText(medium, reach, t) }
    const reason = refusal === undefined ? t('refusal.rule') : t(`refusal.${refusal}`)
    return { medium, isReached: false, text: t('test.refused', { medium: t(`medium.${medium}`), reason }) }
  })
}

function reachedText(medium: NotificationMedium, { sockets, pushes }: Reach, t: Texts['t']): string {
  switch (medium) {
    case 'socket':
      return t('test.socket', { n: sockets })
    case 'web_push':
      return t('test.web_push', { n: pushes })
    case 'sound':
      return t('test.sound')
    case 'email_digest':
      return t('test.email_digest')
  }
}
