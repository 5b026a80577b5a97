import type { PictureName } from './pictures.ts'

/**
 * What the customers of an invented translation bureau in Kyiv write, and what the staff answers from the phone or from
 * the platform's own inbox. `hoursAgo` puts a step into the past; steps without it are told live, one after the other.
 * `by`: who does it, where several people are in one chat; the first of them unless told.
 */
export type Step = { hoursAgo?: number; key?: string; by?: string } & (
  | { kind: 'text'; text: string; replyTo?: string }
  | { kind: 'photo'; text: string; picture: PictureName }
  | { kind: 'document'; filename: string; text: string }
  | { kind: 'voice' }
  | { kind: 'location'; name: string; address: string; latitude: number; longitude: number }
  | { kind: 'answer'; text: string }
  | { kind: 'reaction'; emoji: string; to: string }
  | { kind: 'edit'; text: string; of: string }
  | { kind: 'unknown' }
  /** Messenger: a button that was tapped, an advertisement that led here, a sticker. */
  | { kind: 'postback'; title: string; payload: string }
  | { kind: 'ad'; text: string; title: string }
  | { kind: 'sticker' }
  /** Messenger and Instagram: a post that was passed on. */
  | { kind: 'share'; title: string; url: string }
  /** Instagram: an answer to a story of ours, a story that names us, a message taken back. */
  | { kind: 'story_reply'; text: string }
  | { kind: 'story_mention' }
  | { kind: 'unsend'; of: string }
  /** Telegram: several photos in one message, a poll, how its answers stand by now, and what happens without a word. */
  | { kind: 'album'; text: string; pictures: readonly PictureName[] }
  | { kind: 'poll'; text: string; options: readonly string[] }
  | { kind: 'vote'; of: string; votes: readonly number[] }
  | { kind: 'group_created' }
  | { kind: 'added'; person: string }
  | { kind: 'missed_call' }
)
export type Language = 'uk' | 'en' | 'pl' | 'de' | 'ar'
export type Customer = {
  platform: 'whatsapp' | 'facebook' | 'instagram' | 'email' | 'telegram'
  name: string
  /**
   * WhatsApp: the number in digits. Messenger and Instagram: the id scoped to our account. Telegram: the user id, or that
   * of the group with a minus. E-mail: the address.
   */
  address: string
  language: Language
  /** Instagram, Telegram. */
  username?: string
  /** Telegram: who is in the group, which then has the name. */
  people?: readonly { id: number; name: string }[]
  /** E-mail: what it is about, and what stands below all that they write. */
  subject?: string
  signature?: string
}
export type Story = { customer: Customer; steps: readonly Step[] }
