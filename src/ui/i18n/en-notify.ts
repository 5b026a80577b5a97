import type { PluralText } from './plural-text.ts'

/** What a notification says: on the page, and where the browser shows it without one. */
export const enNotify = {
  'notify.new_message': 'New message from {name}',
  'notify.new_conversation': 'New customer: {name}',
  'notify.assigned': 'The conversation with {name} is yours now',
  'notify.taken': 'The conversation with {name} is no longer yours',
  'notify.given': 'The conversation with {name} was given to a colleague',
  'notify.unassigned': 'Nobody has the conversation with {name} any more',
  'notify.mention': '{by} mentioned you',
  'notify.mention_in': 'In the conversation with {name}',
  'notify.send_failed': 'Your reply to {name} was not sent',
  'notify.channel_down': '{channel} has stopped working',
  'notify.channel_up': '{channel} works again',
  'notify.token_expiring': '{channel}: access ends on {date}',
  'notify.token_text': 'An administrator has to renew it before then.',
  'notify.quarantine_grew': { one: '{n} delivery waits in quarantine', other: '{n} deliveries wait in quarantine' },
  'notify.quarantine_text': 'They could not be understood or placed. An administrator can look at them.',
  'notify.test': 'Test notification',
  'notify.test_text': 'This is how notifications reach you here.',
  'notify.system': 'Notice',
  'notify.other': 'Something new in the inbox',
  'notify.somebody': 'a customer',
  'notify.colleague': 'A colleague',
  'notify.channel': 'A channel',
  'notify.type_image': 'Picture',
  'notify.type_video': 'Video',
  'notify.type_audio': 'Voice message',
  'notify.type_document': 'File',
  'notify.type_sticker': 'Sticker',
  'notify.type_location': 'Location',
  'notify.type_contacts': 'Contact card',
  'notify.type_other': 'Open it to read it',
} satisfies Record<string, string | PluralText>

export type NotifyKey = keyof typeof enNotify

/** Every key of these, plural where they are. */
export type NotifyDictionary = {
  readonly [K in NotifyKey]: (typeof enNotify)[K] extends string ? string : PluralText
}
