import type { Step } from '../story.ts'

type Text = (text: string, more?: { hoursAgo?: number; key?: string; replyTo?: string }) => Step

export const text: Text = (content, more = {}) => ({ kind: 'text', text: content, ...more })
/** What the staff wrote elsewhere than in our inbox. */
export const answer: Text = (content, more = {}) => ({ kind: 'answer', text: content, ...more })
