/**
 * Cases of the rules, written out by hand. `expected` has a sign for each medium, in the order socket, sound, web_push,
 * email_digest: `+` goes out, `r` no rule names it, `d` no digest, `p` paused, `q` quiet hours, `f` the conversation lies
 * open, `s` too late.
 */
export type RuleCase = {
  kind: string
  standing: string
  /** Names of `profiles`, one over the other. */
  settings: string
  /** ISO 8601 in UTC; the noon of a Monday unless told. */
  at: string
  /** `whatsapp office`: platform and channel. */
  where: string
  focus: 'this' | 'other' | 'none'
  ageMs: number
  expected: string
}

const noon = '2026-11-23T12:00Z'
const fresh = { at: noon, where: 'whatsapp office', focus: 'none', ageMs: 0 } as const

function parse(text: string, of: (columns: string[]) => Partial<RuleCase>): RuleCase[] {
  const rows = text.split('\n').map((row) => row.trim())
  return rows
    .filter((row) => row !== '' && !row.startsWith('#'))
    .map((row) => {
      const columns = row.split(/\s*\|\s*/)
      const [kind = '', standing = ''] = (columns[0] ?? '').split('.')
      return { ...fresh, kind, standing, settings: '', expected: columns.at(-1) ?? '', ...of(columns) }
    })
}

/** Who has changed nothing but to switch the digest on. */
const defaults = parse(
  `
  new_message.assigned_to_me      | ++++
  new_message.unassigned          | ++++
  new_message.others              | rrrr
  new_conversation.assigned_to_me | ++++
  new_conversation.unassigned     | ++++
  new_conversation.others         | rrrr
  assignment.assigned_to_me       | ++++
  assignment.unassigned           | rrrr
  assignment.others               | rrrr
  mention.mention                 | ++++
  send_failed.assigned_to_me      | ++++
  send_failed.unassigned          | +rrr
  send_failed.others              | rrrr
  channel_down.all                | +r++
  channel_up.all                  | +rrr
  token_expiring.all              | +rr+
  quarantine_grew.all             | +rrr
  system.all                      | +r++
  test.all                        | +++r
  # cells that there are not
  new_message.mention             | rrrr
  new_message.all                 | rrrr
  mention.assigned_to_me          | rrrr
  mention.others                  | rrrr
  channel_down.assigned_to_me     | rrrr
  system.unassigned               | rrrr
  test.mention                    | rrrr
`,
  () => ({}),
)

/** Own rules, of the user, of a platform, of one channel: the nearest counts, cell by cell. */
const overrides = parse(
  `
  # kind and relation             | settings                   | where             | expected
  new_message.others              | others_on                  | whatsapp office   | +rrr
  new_message.others              | others_on                  | email sales       | +rrr
  new_message.unassigned          | others_on                  | whatsapp office   | ++++
  new_message.unassigned          | unassigned_off             | whatsapp office   | rrrr
  new_conversation.unassigned     | unassigned_off             | whatsapp office   | ++++
  new_message.assigned_to_me      | unassigned_off             | whatsapp office   | ++++
  new_message.assigned_to_me      | push_only                  | whatsapp office   | rr+r
  new_message.assigned_to_me      | page_only                  | whatsapp office   | +rrr
  new_message.assigned_to_me      | digest_only                | whatsapp office   | rrr+
  new_message.assigned_to_me      | digest_only no_digest      | whatsapp office   | rrrd
  new_message.assigned_to_me      | no_digest                  | whatsapp office   | +++d
  channel_down.all                | no_digest                  | whatsapp office   | +r+d
  test.all                        | no_digest                  | whatsapp office   | +++r
  channel_down.all                | loud_channels              | whatsapp office   | ++++
  channel_up.all                  | loud_channels              | whatsapp office   | +r+r
  new_message.assigned_to_me      | quiet_email                | email sales       | +rrr
  new_message.assigned_to_me      | quiet_email                | whatsapp office   | ++++
  new_message.assigned_to_me      | quiet_email                | telegram sales    | ++++
  new_message.unassigned          | quiet_email                | email sales       | rrrr
  new_conversation.assigned_to_me | quiet_email                | email sales       | ++++
  mention.mention                 | quiet_email                | email sales       | ++++
  mention.mention                 | calm_mentions              | email sales       | +rrr
  mention.mention                 | calm_mentions              | whatsapp office   | ++++
  channel_down.all                | quiet_email                | email sales       | rrrr
  channel_down.all                | quiet_email                | whatsapp office   | +r++
  new_message.assigned_to_me      | sales_off                  | whatsapp sales    | rrrr
  new_message.assigned_to_me      | sales_off                  | whatsapp office   | ++++
  new_message.unassigned          | sales_off                  | whatsapp sales    | ++++
  new_message.others              | sales_others               | whatsapp sales    | ++rr
  new_message.others              | sales_others               | whatsapp office   | rrrr
  new_message.assigned_to_me      | quiet_email sales_off      | email sales       | rrrr
  new_message.assigned_to_me      | quiet_email sales_on       | email sales       | ++++
  new_message.assigned_to_me      | quiet_email sales_on       | email office      | +rrr
  new_message.unassigned          | quiet_email sales_on       | email sales       | rrrr
  new_message.unassigned          | unassigned_off sales_on    | whatsapp sales    | rrrr
  new_message.assigned_to_me      | page_only quiet_email      | whatsapp office   | +rrr
  new_message.assigned_to_me      | push_only quiet_email      | email office      | +rrr
  new_message.assigned_to_me      | push_only sales_on         | email sales       | ++++
  token_expiring.all              | sales_tokens               | whatsapp sales    | +++r
  token_expiring.all              | sales_tokens               | whatsapp office   | +rr+
  send_failed.others              | all_failures               | instagram office  | +r+r
  send_failed.unassigned          | all_failures               | instagram office  | +r+r
  send_failed.assigned_to_me      | all_failures               | instagram office  | ++++
  assignment.others               | all_assignments            | facebook office   | +rrr
  assignment.unassigned           | all_assignments            | facebook office   | +rrr
  quarantine_grew.all             | no_quarantine              | whatsapp office   | rrrr
  system.all                      | loud_system                | whatsapp office   | +++r
  # words that every object has a property of
  new_message.assigned_to_me      | quiet_email                | constructor office | ++++
  new_message.assigned_to_me      | quiet_email                | valueof office    | ++++
  new_message.assigned_to_me      | odd_platform               | constructor office | rrrr
`,
  ([, settings = '', where = '']) => ({ settings, where }),
)

/** From 22:00 to 07:00, sound and push, in the user's own zone. */
const nights = parse(
  `
  # kind and relation        | settings                | UTC                | expected
  # Kyiv, winter: UTC+2
  new_message.assigned_to_me | night kyiv              | 2026-11-23T19:59Z  | ++++
  new_message.assigned_to_me | night kyiv              | 2026-11-23T20:00Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-11-23T22:00Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-11-24T04:59Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-11-24T05:00Z  | ++++
  # Kyiv, summer: UTC+3
  new_message.assigned_to_me | night kyiv              | 2026-07-01T18:59Z  | ++++
  new_message.assigned_to_me | night kyiv              | 2026-07-01T19:00Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-07-02T03:59Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-07-02T04:00Z  | ++++
  # New York, winter: UTC-5, the evening is the next day in UTC
  new_message.unassigned     | night new_york          | 2026-11-24T02:59Z  | ++++
  new_message.unassigned     | night new_york          | 2026-11-24T03:00Z  | +qq+
  new_message.unassigned     | night new_york          | 2026-11-24T11:59Z  | +qq+
  new_message.unassigned     | night new_york          | 2026-11-24T12:00Z  | ++++
  # New York, summer: UTC-4
  new_message.unassigned     | night new_york          | 2026-07-02T01:59Z  | ++++
  new_message.unassigned     | night new_york          | 2026-07-02T02:00Z  | +qq+
  # Kathmandu: UTC+5:45
  new_message.assigned_to_me | night kathmandu         | 2026-11-23T16:14Z  | ++++
  new_message.assigned_to_me | night kathmandu         | 2026-11-23T16:15Z  | +qq+
  new_message.assigned_to_me | night kathmandu         | 2026-11-24T01:14Z  | +qq+
  new_message.assigned_to_me | night kathmandu         | 2026-11-24T01:15Z  | ++++
  # Chatham, summer there: UTC+13:45
  new_message.assigned_to_me | night chatham           | 2026-11-23T08:14Z  | ++++
  new_message.assigned_to_me | night chatham           | 2026-11-23T08:15Z  | +qq+
  new_message.assigned_to_me | night chatham           | 2026-11-23T17:14Z  | +qq+
  new_message.assigned_to_me | night chatham           | 2026-11-23T17:15Z  | ++++
  # Chatham, winter there: UTC+12:45
  new_message.assigned_to_me | night chatham           | 2026-07-01T09:14Z  | ++++
  new_message.assigned_to_me | night chatham           | 2026-07-01T09:15Z  | +qq+
  # nobody's zone
  new_message.assigned_to_me | night                   | 2026-11-23T21:59Z  | ++++
  new_message.assigned_to_me | night                   | 2026-11-23T22:00Z  | +qq+
  # what was not wanted anyway
  send_failed.unassigned     | night kyiv              | 2026-11-23T22:00Z  | +rrr
  channel_down.all           | night kyiv              | 2026-11-23T22:00Z  | +rq+
  token_expiring.all         | night kyiv              | 2026-11-23T22:00Z  | +rr+
  test.all                   | night kyiv              | 2026-11-23T22:00Z  | +qqr
  new_message.others         | night kyiv              | 2026-11-23T22:00Z  | rrrr
  # exceptions
  mention.mention            | night kyiv              | 2026-11-23T22:00Z  | +qq+
  mention.mention            | night_but_mention kyiv  | 2026-11-23T22:00Z  | ++++
  channel_down.all           | night_but_mention kyiv  | 2026-11-23T22:00Z  | +r++
  assignment.assigned_to_me  | night_but_mention kyiv  | 2026-11-23T22:00Z  | +qq+
  new_message.assigned_to_me | night_but_mention kyiv  | 2026-11-23T22:00Z  | +qq+
  # one medium alone
  new_message.assigned_to_me | night_sound kyiv        | 2026-11-23T22:00Z  | +q++
  new_message.assigned_to_me | night_push kyiv         | 2026-11-23T22:00Z  | ++q+
  new_message.assigned_to_me | night_digest kyiv       | 2026-11-23T22:00Z  | ++++
  new_message.assigned_to_me | night_all kyiv          | 2026-11-23T22:00Z  | +qq+
`,
  ([, settings = '', at = '']) => ({ settings, at }),
)

/** Days, short days and long ones. */
const days = parse(
  `
  # kind and relation        | settings                | UTC                | expected
  # the nights of Monday to Friday: Friday's lasts into Saturday, Sunday's is none. 20 November is a Friday
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-20T21:00Z  | +qq+
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-21T04:00Z  | +qq+
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-21T05:00Z  | ++++
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-21T21:00Z  | ++++
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-22T04:00Z  | ++++
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-22T21:00Z  | ++++
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-23T04:00Z  | ++++
  new_message.assigned_to_me | week_nights kyiv        | 2026-11-23T20:00Z  | +qq+
  # the night of Sunday, whose Monday begins it in UTC only
  new_message.assigned_to_me | sunday_night kyiv       | 2026-11-22T20:00Z  | +qq+
  new_message.assigned_to_me | sunday_night kyiv       | 2026-11-23T04:59Z  | +qq+
  new_message.assigned_to_me | sunday_night kyiv       | 2026-11-23T05:00Z  | ++++
  new_message.assigned_to_me | sunday_night kyiv       | 2026-11-23T20:00Z  | ++++
  new_message.assigned_to_me | sunday_night kyiv       | 2026-11-22T04:59Z  | ++++
  new_message.assigned_to_me | sunday_night chatham    | 2026-11-22T08:15Z  | +qq+
  new_message.assigned_to_me | sunday_night chatham    | 2026-11-22T17:14Z  | +qq+
  new_message.assigned_to_me | sunday_night chatham    | 2026-11-23T08:15Z  | ++++
  # whole days: from equals to
  new_message.assigned_to_me | weekend kyiv            | 2026-11-20T21:59Z  | ++++
  new_message.assigned_to_me | weekend kyiv            | 2026-11-20T22:00Z  | +qq+
  new_message.assigned_to_me | weekend kyiv            | 2026-11-22T12:00Z  | +qq+
  new_message.assigned_to_me | weekend kyiv            | 2026-11-22T21:59Z  | +qq+
  new_message.assigned_to_me | weekend kyiv            | 2026-11-22T22:00Z  | ++++
  new_message.assigned_to_me | weekend chatham         | 2026-11-20T10:14Z  | ++++
  new_message.assigned_to_me | weekend chatham         | 2026-11-20T10:15Z  | +qq+
  new_message.assigned_to_me | weekend new_york        | 2026-11-23T04:59Z  | +qq+
  new_message.assigned_to_me | weekend new_york        | 2026-11-23T05:00Z  | ++++
  # a day that begins at eight and ends at eight
  new_message.assigned_to_me | monday_from_eight kyiv  | 2026-11-23T05:59Z  | ++++
  new_message.assigned_to_me | monday_from_eight kyiv  | 2026-11-23T06:00Z  | +qq+
  new_message.assigned_to_me | monday_from_eight kyiv  | 2026-11-24T05:59Z  | +qq+
  new_message.assigned_to_me | monday_from_eight kyiv  | 2026-11-24T06:00Z  | ++++
  # lunch, and two periods at once
  new_message.assigned_to_me | lunch kyiv              | 2026-11-23T10:29Z  | ++++
  new_message.assigned_to_me | lunch kyiv              | 2026-11-23T10:30Z  | +q++
  new_message.assigned_to_me | lunch kyiv              | 2026-11-23T11:29Z  | +q++
  new_message.assigned_to_me | lunch kyiv              | 2026-11-23T11:30Z  | ++++
  new_message.assigned_to_me | lunch_and_weekend kyiv  | 2026-11-22T10:45Z  | +qq+
  new_message.assigned_to_me | lunch_and_weekend kyiv  | 2026-11-23T10:45Z  | +q++
  new_message.assigned_to_me | lunch_and_weekend kyiv  | 2026-11-23T12:00Z  | ++++
  # Kyiv, 29 March 2026: 02:59 is followed by 04:00
  new_message.assigned_to_me | half_past_three kyiv    | 2026-03-29T00:59Z  | ++++
  new_message.assigned_to_me | half_past_three kyiv    | 2026-03-29T01:00Z  | +qq+
  new_message.assigned_to_me | half_past_three kyiv    | 2026-03-29T01:59Z  | +qq+
  new_message.assigned_to_me | half_past_three kyiv    | 2026-03-29T02:00Z  | ++++
  new_message.assigned_to_me | night kyiv              | 2026-03-29T03:59Z  | +qq+
  new_message.assigned_to_me | night kyiv              | 2026-03-29T04:00Z  | ++++
  # Kyiv, 25 October 2026: 03:00 to 04:00 comes twice, and is quiet twice
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T00:29Z  | ++++
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T00:30Z  | +qq+
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T01:00Z  | ++++
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T01:30Z  | +qq+
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T02:59Z  | +qq+
  new_message.assigned_to_me | half_past_three kyiv    | 2026-10-25T03:00Z  | ++++
  # New York, 8 March: no 02:30; 1 November: two of 01:30
  new_message.assigned_to_me | small_hours new_york    | 2026-03-08T06:29Z  | ++++
  new_message.assigned_to_me | small_hours new_york    | 2026-03-08T06:30Z  | +qq+
  new_message.assigned_to_me | small_hours new_york    | 2026-03-08T07:00Z  | ++++
  new_message.assigned_to_me | small_hours new_york    | 2026-11-01T05:30Z  | +qq+
  new_message.assigned_to_me | small_hours new_york    | 2026-11-01T06:00Z  | ++++
  new_message.assigned_to_me | small_hours new_york    | 2026-11-01T06:30Z  | +qq+
  new_message.assigned_to_me | small_hours new_york    | 2026-11-01T07:29Z  | +qq+
  new_message.assigned_to_me | small_hours new_york    | 2026-11-01T07:30Z  | ++++
  # Chatham changes at a quarter to: 5 April back from 03:45 to 02:45, 27 September on from 02:45 to 03:45
  new_message.assigned_to_me | quarter_to_three chatham | 2026-04-04T12:59Z | ++++
  new_message.assigned_to_me | quarter_to_three chatham | 2026-04-04T13:00Z | +qq+
  new_message.assigned_to_me | quarter_to_three chatham | 2026-04-04T14:00Z | +qq+
  new_message.assigned_to_me | quarter_to_three chatham | 2026-04-04T14:15Z | ++++
  new_message.assigned_to_me | quarter_to_three chatham | 2026-09-26T13:59Z | ++++
  new_message.assigned_to_me | quarter_to_three chatham | 2026-09-26T14:00Z | ++++
`,
  ([, settings = '', at = '']) => ({ settings, at }),
)

/** Pause, an open conversation, lateness; and which of several reasons is told. */
const moments = parse(
  `
  # kind and relation        | settings            | focus | age in s | expected
  new_message.assigned_to_me | paused              | none  | 0        | +pp+
  new_message.unassigned     | paused              | none  | 0        | +pp+
  new_message.others         | paused              | none  | 0        | rrrr
  mention.mention            | paused              | none  | 0        | +pp+
  assignment.assigned_to_me  | paused              | none  | 0        | +pp+
  send_failed.assigned_to_me | paused              | none  | 0        | +pp+
  channel_down.all           | paused              | none  | 0        | +rp+
  system.all                 | paused              | none  | 0        | +rp+
  test.all                   | paused              | none  | 0        | +ppr
  new_message.assigned_to_me | pause_over          | none  | 0        | ++++
  new_message.assigned_to_me | pause_ends_now      | none  | 0        | ++++
  new_message.assigned_to_me | paused_until_second | none  | 0        | +pp+
  new_message.assigned_to_me | paused no_digest    | none  | 0        | +ppd
  new_message.assigned_to_me |                     | this  | 0        | +ff+
  new_message.assigned_to_me |                     | other | 0        | ++++
  new_message.unassigned     |                     | this  | 0        | +ff+
  new_conversation.unassigned |                    | this  | 0        | +ff+
  mention.mention            |                     | this  | 0        | +ff+
  mention.mention            |                     | other | 0        | ++++
  assignment.assigned_to_me  |                     | this  | 0        | +ff+
  send_failed.assigned_to_me |                     | this  | 0        | +ff+
  send_failed.unassigned     |                     | this  | 0        | +rrr
  channel_down.all           |                     | this  | 0        | +r++
  system.all                 |                     | this  | 0        | +r++
  test.all                   |                     | this  | 0        | +++r
  new_message.assigned_to_me |                     | none  | 60       | ++++
  new_message.assigned_to_me |                     | none  | 61       | +s++
  new_message.assigned_to_me |                     | none  | 86400    | +s++
  new_message.assigned_to_me |                     | none  | 86401    | +ss+
  mention.mention            |                     | none  | 3600     | +s++
  channel_down.all           |                     | none  | 86401    | +rs+
  # a clock that is behind makes nothing late
  new_message.assigned_to_me |                     | none  | -30      | ++++
  # several reasons at once: the first in the order of the list
  new_message.assigned_to_me | paused all_day      | this  | 90000    | +pp+
  new_message.assigned_to_me | all_day             | this  | 90000    | +qq+
  new_message.assigned_to_me |                     | this  | 90000    | +ff+
  new_message.assigned_to_me | paused all_day push_only | this | 0    | rrpr
  mention.mention            | paused night_but_mention | none | 0    | +pp+
`,
  ([, settings = '', focus = '', age = '']) => ({
    settings,
    focus: focus as RuleCase['focus'],
    ageMs: Number(age) * 1000,
  }),
)

export const ruleCases: readonly RuleCase[] = [...defaults, ...overrides, ...nights, ...days, ...moments]

const all = ['socket', 'sound', 'web_push', 'email_digest']
const night = { from: '22:00', to: '07:00' }
const zone = (time_zone: string) => ({ time_zone })
const rules = (cells: object) => ({ rules: cells })
const onSales = (channel: string, cells: object) => ({ channels: { [channel]: cells } })

/** Settings by name, laid over those of somebody who has only switched the digest on. */
export const profiles = (channels: { office: string; sales: string }): Readonly<Record<string, object>> => ({
  kyiv: zone('Europe/Kyiv'),
  new_york: zone('America/New_York'),
  kathmandu: zone('Asia/Kathmandu'),
  chatham: zone('Pacific/Chatham'),
  no_digest: { digest: { enabled: false } },

  others_on: rules({ 'new_message.others': ['socket'] }),
  unassigned_off: rules({ 'new_message.unassigned': [] }),
  push_only: rules({ 'new_message.assigned_to_me': ['web_push'] }),
  page_only: rules({ 'new_message.assigned_to_me': ['socket'] }),
  digest_only: rules({ 'new_message.assigned_to_me': ['email_digest'] }),
  loud_channels: rules({ channel_down: all, channel_up: ['socket', 'web_push'] }),
  all_failures: rules({
    'send_failed.others': ['socket', 'web_push'],
    'send_failed.unassigned': ['web_push', 'socket'],
  }),
  all_assignments: rules({ 'assignment.others': ['socket'], 'assignment.unassigned': ['socket'] }),
  no_quarantine: rules({ quarantine_grew: [] }),
  loud_system: rules({ system: ['socket', 'sound', 'web_push'] }),
  quiet_email: {
    platforms: {
      email: { 'new_message.assigned_to_me': ['socket'], 'new_message.unassigned': [], channel_down: [] },
    },
  },
  calm_mentions: { platforms: { email: { 'mention.mention': ['socket'] } } },
  odd_platform: { platforms: { constructor: { 'new_message.assigned_to_me': [] } } },
  sales_off: onSales(channels.sales, { 'new_message.assigned_to_me': [] }),
  sales_on: onSales(channels.sales, { 'new_message.assigned_to_me': all }),
  sales_others: onSales(channels.sales, { 'new_message.others': ['socket', 'sound'] }),
  sales_tokens: onSales(channels.sales, { token_expiring: ['socket', 'sound', 'web_push'] }),

  night: { quiet_hours: [night] },
  night_but_mention: { quiet_hours: [{ ...night, except_kinds: ['mention', 'channel_down'] }] },
  night_sound: { quiet_hours: [{ ...night, media: ['sound'] }] },
  night_push: { quiet_hours: [{ ...night, media: ['web_push'] }] },
  night_digest: { quiet_hours: [{ ...night, media: ['email_digest'] }] },
  night_all: { quiet_hours: [{ ...night, media: ['sound', 'web_push', 'email_digest'] }] },
  week_nights: { quiet_hours: [{ ...night, days: ['mon', 'tue', 'wed', 'thu', 'fri'] }] },
  sunday_night: { quiet_hours: [{ ...night, days: ['sun'] }] },
  weekend: { quiet_hours: [{ from: '00:00', to: '00:00', days: ['sat', 'sun'] }] },
  monday_from_eight: { quiet_hours: [{ from: '08:00', to: '08:00', days: ['mon'] }] },
  all_day: { quiet_hours: [{ from: '00:00', to: '00:00' }] },
  lunch: { quiet_hours: [{ from: '12:30', to: '13:30', media: ['sound'] }] },
  lunch_and_weekend: {
    quiet_hours: [
      { from: '12:30', to: '13:30', media: ['sound'] },
      { from: '00:00', to: '00:00', days: ['sat', 'sun'] },
    ],
  },
  half_past_three: { quiet_hours: [{ from: '03:30', to: '05:00' }] },
  small_hours: { quiet_hours: [{ from: '01:30', to: '02:30' }] },
  quarter_to_three: { quiet_hours: [{ from: '02:45', to: '03:00' }] },

  paused: { paused_until: '2027-01-01T00:00:00Z' },
  pause_over: { paused_until: '2026-11-23T11:59:59Z' },
  pause_ends_now: { paused_until: '2026-11-23T12:00:00Z' },
  paused_until_second: { paused_until: '2026-11-23T14:00:01+02:00' },
})
