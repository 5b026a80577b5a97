import type { PictureName } from './pictures.ts'

/**
 * What the customers of an invented translation bureau in Kyiv write, and what the staff answers from the phone or from
 * the platform's own inbox. `hoursAgo` puts a step into the past; steps without it are told live, one after the other.
 */
export type Step = { hoursAgo?: number; key?: string } & (
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
)
export type Language = 'uk' | 'en' | 'pl' | 'de' | 'ar'
export type Customer = {
  platform: 'whatsapp' | 'facebook' | 'instagram' | 'email' | 'telegram'
  name: string
  /** WhatsApp: the number in digits. Messenger and Instagram: the id scoped to our account. Telegram: the peer id. E-mail: the address. */
  address: string
  language: Language
  /** Instagram. */
  username?: string
}
export type Story = { customer: Customer; steps: readonly Step[] }
