import type { NotificationSettings } from '../protocol/notification-settings.ts'
import type { Notification } from '../protocol/notifications.ts'

export type DigestLanguage = NotificationSettings['digest']['language']
type Kind = Notification['kind']
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** The sentences of a digest. `{n}` is a number, `{name}` whoever or whatever it is about. */
type Words = {
  subject: Forms
  intro: string
  open: string
  more: Forms
  settings: string
  stop: string
  nobody: string
  /** What happened in one conversation, or on one channel, so many times. */
  kinds: Readonly<Record<Exclude<Kind, 'system'>, Forms>>
}

const en: Words = {
  subject: { one: '{n} unread notification in {name}', other: '{n} unread notifications in {name}' },
  intro: 'Since the last summary, and still unread:',
  open: 'Open the inbox',
  more: { one: 'and {n} more', other: 'and {n} more' },
  settings: 'When these mails come is up to your notification settings.',
  stop: 'Stop these mails',
  nobody: 'No name',
  kinds: {
    new_message: { one: '{n} new message', other: '{n} new messages' },
    new_conversation: { one: 'a new conversation', other: '{n} new conversations' },
    assignment: { one: 'assignment changed', other: 'assignment changed {n} times' },
    mention: { one: 'a note mentions you', other: '{n} notes mention you' },
    send_failed: { one: 'a reply was not delivered', other: '{n} replies were not delivered' },
    channel_down: { one: 'stopped working', other: 'stopped working {n} times' },
    channel_up: { one: 'works again', other: 'worked again {n} times' },
    token_expiring: { one: 'has to be connected again soon', other: 'has to be connected again soon' },
    quarantine_grew: { one: 'Deliveries wait in quarantine', other: 'Deliveries wait in quarantine' },
    test: { one: 'Test notification', other: '{n} test notifications' },
  },
}

const uk: Words = {
  subject: {
    one: '{n} непрочитане сповіщення в {name}',
    few: '{n} непрочитані сповіщення в {name}',
    many: '{n} непрочитаних сповіщень у {name}',
    other: '{n} непрочитаного сповіщення в {name}',
  },
  intro: 'Від минулого зведення ще не прочитано:',
  open: 'Відкрити скриньку',
  more: { one: 'і ще {n}', few: 'і ще {n}', many: 'і ще {n}', other: 'і ще {n}' },
  settings: 'Коли надходять ці листи, визначають ваші налаштування сповіщень.',
  stop: 'Більше не надсилати',
  nobody: 'Без імені',
  kinds: {
    new_message: {
      one: '{n} нове повідомлення',
      few: '{n} нові повідомлення',
      many: '{n} нових повідомлень',
      other: '{n} нового повідомлення',
    },
    new_conversation: {
      one: 'нова розмова',
      few: '{n} нові розмови',
      many: '{n} нових розмов',
      other: '{n} нової розмови',
    },
    assignment: {
      one: 'змінився відповідальний',
      few: 'відповідальний змінився {n} рази',
      many: 'відповідальний змінився {n} разів',
      other: 'відповідальний змінився {n} раза',
    },
    mention: {
      one: 'вас згадано в нотатці',
      few: 'вас згадано у {n} нотатках',
      many: 'вас згадано у {n} нотатках',
      other: 'вас згадано в {n} нотатки',
    },
    send_failed: {
      one: 'відповідь не доставлено',
      few: 'не доставлено {n} відповіді',
      many: 'не доставлено {n} відповідей',
      other: 'не доставлено {n} відповіді',
    },
    channel_down: {
      one: 'перестав працювати',
      few: 'переставав працювати {n} рази',
      many: 'переставав працювати {n} разів',
      other: 'переставав працювати {n} раза',
    },
    channel_up: {
      one: 'знову працює',
      few: 'відновлювався {n} рази',
      many: 'відновлювався {n} разів',
      other: 'відновлювався {n} раза',
    },
    token_expiring: { one: 'незабаром треба під’єднати знову', other: 'незабаром треба під’єднати знову' },
    quarantine_grew: { one: 'У карантині чекають надходження', other: 'У карантині чекають надходження' },
    test: {
      one: 'Перевірка сповіщень',
      few: '{n} перевірки сповіщень',
      many: '{n} перевірок сповіщень',
      other: '{n} перевірки сповіщень',
    },
  },
}

const words: Readonly<Record<DigestLanguage, Words>> = { en, uk }

export function digestWords(language: DigestLanguage): Words {
  return words[language]
}

export function withNumber(language: DigestLanguage, forms: Forms, n: number, name = ''): string {
  const form = forms[new Intl.PluralRules(language).select(n)] ?? forms.other
  // A function, because a `$` in a name would mean something in a replacement.
  return form.replaceAll('{n}', () => String(n)).replaceAll('{name}', () => name)
}
