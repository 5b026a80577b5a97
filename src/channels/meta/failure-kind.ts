import type { FailureKind } from '../../protocol/message.ts'

// One table for all of Meta's products, whose codes do not contradict each other. Sources: "Error codes" of the WhatsApp
// Business Platform, "Common Error Codes" of the Messenger Platform, "Handle errors" and "Rate Limits" of the Graph API.

const kindsOfCodes: Readonly<Partial<Record<FailureKind, readonly number[]>>> = {
  token: [0, 102, 190],
  rate_limit: [4, 9, 17, 32, 341, 613, 130429, 131048, 131056, 133016],
  window: [131047],
  permission: [
    // The app, the page or the account lacks a right, or has lost it for breaking a policy.
    ...[3, 10, 33, 368, 130497, 131005, 131031, 131037, 131042, 131045, 134011],
    // The number is not, or no longer, registered.
    ...[133000, 133005, 133006, 133008, 133009, 133010, 133015],
  ],
  // Not on WhatsApp, out of reach, in an experiment, sent enough of this kind already, or does not want it.
  recipient: [551, 130472, 131021, 131026, 131030, 131049, 131050],
  content: [100, 506, 131008, 131009, 131051, 131052, 131053, 135000],
}

/** They say more than the code beside them, and stand for the same under each. */
const kindsOfSubcodes: Readonly<Partial<Record<FailureKind, readonly number[]>>> = {
  rate_limit: [2018022, 2018352, 2018354],
  window: [2018065, 2018278, 2534022],
  // 33: an object that is gone or not ours to see. 1893063: the page may not send for a while.
  permission: [33, 1893063, 2018021, 2018027, 2018028],
  recipient: [1545041, 2018001, 2018108, 2534014],
  content: [2018047, 2018109],
}

/** First and last code of a family, both included. */
const families: readonly [number, number, FailureKind][] = [
  [200, 299, 'permission'],
  // Business use case limits: ads, pages, Messenger, Instagram, WhatsApp.
  [80000, 80014, 'rate_limit'],
  // Templates: unknown, paused, disabled, wrong parameters.
  [132000, 132999, 'content'],
]

function invert(table: typeof kindsOfCodes): ReadonlyMap<number, FailureKind> {
  const pairs = Object.entries(table) as [FailureKind, readonly number[]][]
  return new Map(pairs.flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const)))
}

const byCode = invert(kindsOfCodes)
const bySubcode = invert(kindsOfSubcodes)

/** What kind of failure an error code of Meta's stands for; `platform` where the code says nothing of use. */
export function failureKindOf(code: string | number, subcode?: string | number): FailureKind {
  const number = numberOf(code)
  const family = families.find(([first, last]) => number >= first && number <= last)
  return bySubcode.get(numberOf(subcode)) ?? byCode.get(number) ?? family?.[2] ?? 'platform'
}

function numberOf(code: string | number | undefined): number {
  return typeof code === 'string' && !/^\d{1,9}$/.test(code) ? Number.NaN : Number(code)
}
