import type { PluralText } from './plural-text.ts'

/** Polls, and what happens in groups and chats without a word. */
export const enChat = {
  'poll.votes': { one: '{n} vote', other: '{n} votes' },
  'poll.chosen': 'your answer',
  'poll.closed': 'Voting has ended',

  'service.joined': '{by} joined',
  'service.added': '{by} added {names}',
  'service.left': '{by} left',
  'service.removed': '{by} removed {names}',
  'service.created': '“{title}” was created',
  'service.title': '{by} changed the name to “{title}”',
  'service.picture': '{by} changed the picture',
  'service.picture_removed': '{by} removed the picture',
  'service.pinned': '{by} pinned a message',
  'service.migrated': 'The group became a supergroup',
  'service.cleared': 'The history was cleared',
  'service.topic_created': '{by} opened the topic “{title}”',
  'service.topic_renamed': '{by} changed the topic’s name to “{title}”',
  'service.topic_closed': '{by} closed the topic',
  'service.topic_reopened': '{by} opened the topic again',
  'service.auto_delete': '{by} turned on automatic deletion of messages',
  'service.auto_delete_off': '{by} turned off automatic deletion of messages',
  'service.screenshot': '{by} took a screenshot',
  'service.signed_up': '{by} is on Telegram now',
  'service.call_missed': 'Missed call',
  'service.call_unanswered': 'The customer did not answer our call',
  'service.call_in': 'Incoming call{length}',
  'service.call_out': 'Outgoing call{length}',
  'service.group_call': 'Group call',
  'service.payment': 'Payment: {amount}',
  'service.payment_returned': 'Payment returned: {amount}',
  'service.telegram_notice':
    'A notice from Telegram itself. It is shown in the Telegram app only, for it may hold a code.',
  'service.once_photo': 'A photo that can be viewed only once. It is not kept here; open it in Telegram.',
  'service.once_video': 'A video that can be viewed only once. It is not kept here; open it in Telegram.',
  'service.once_voice': 'A voice message that can be played only once. It is not kept here; open it in Telegram.',
} satisfies Record<string, string | PluralText>

/** Every key of these, plural where they are. */
export type ChatDictionary = {
  readonly [K in keyof typeof enChat]: (typeof enChat)[K] extends string ? string : PluralText
}
